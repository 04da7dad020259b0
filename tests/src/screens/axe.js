// Asks axe for what keeps people from reading or using the page.
const done = arguments[arguments.length - 1]
const rules = { type: 'tag', values: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa'] }
window.watch.measuring = true
window.axe
  .run(document, { runOnly: rules, resultTypes: ['violations'] })
  .then((result) =>
    result.violations.flatMap((one) =>
      one.nodes.map((node) => {
        const facts = node.any[0]?.data ?? {}
        const contrast = facts.contrastRatio ? ` ${facts.fgColor} on ${facts.bgColor} ${facts.contrastRatio}` : ''
        return `${one.id}${contrast}: ${node.target.join(' ')} ${node.html.slice(0, 160)}`
      }),
    ),
  )
  .catch((error) => [`axe itself failed: ${error}`])
  .then((wrong) => {
    window.watch.measuring = false
    done(wrong)
  })
