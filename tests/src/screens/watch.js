// Runs inside the page, put there by the test: remembers what goes wrong, stands between the page
// and the program's commands, and looks over what is to be seen. Nothing of it is shipped.
const [namespaces] = arguments
if (window.watch !== undefined) return

const errors = []
const told = (kind, words) => errors.push(`${kind}: ${words.map(String).join(' ').slice(0, 400)}`)
for (const kind of ['error', 'warn']) {
  const before = console[kind].bind(console)
  console[kind] = (...words) => {
    told(`console.${kind}`, words)
    before(...words)
  }
}
window.addEventListener('error', (event) => told('error', [event.message, event.filename]))
window.addEventListener('unhandledrejection', (event) => told('rejection', [event.reason]))
document.addEventListener('securitypolicyviolation', (event) => {
  // axe tries whether styles may be written; the page itself never does.
  if (!watch.measuring) told('csp', [event.violatedDirective, event.blockedURI])
})

// What the program answered: sentences that come from there are data, not missing translations.
const data = { zh: '', en: '' }
const remember = (value) => {
  if (typeof value === 'string') {
    data.zh += `\n${value}`
    data.en += `\n${value}`
  } else if (Array.isArray(value)) {
    value.forEach(remember)
  } else if (value !== null && typeof value === 'object') {
    // A text in both languages must be shown in the reader's.
    const both = typeof value.zh === 'string' && typeof value.en === 'string'
    for (const [name, one] of Object.entries(value)) {
      if (both && name === 'zh') data.zh += `\n${one}`
      else if (both && name === 'en') data.en += `\n${one}`
      else remember(one)
    }
  }
}

// The commands that must go through in any state: who is signed in, and half-typed text.
const always = /^(plugin:|install_status|interface_ready|local_|session_)/
const real = window.fetch.bind(window)
let held = []
window.fetch = async (url, options) => {
  const command = decodeURIComponent(/^ipc:\/\/localhost\/(.*)$/.exec(url)?.[1] ?? '')
  if (command !== '' && !always.test(command)) {
    watch.running.push(command)
    const since = Date.now()
    try {
      if (watch.mode === 'loading') await new Promise((go) => held.push(go))
      if (watch.mode === 'error') {
        const fault = { code: 'Internal', key: 'internal', params: {}, field: null, log_id: '7f3a' }
        const headers = { 'Content-Type': 'application/json', 'Tauri-Response': 'error' }
        return new Response(JSON.stringify(fault), { headers })
      }
      return await heard(command, await real(url, options))
    } finally {
      watch.running.splice(watch.running.indexOf(command), 1)
      const took = Date.now() - since
      if (watch.mode === 'normal' && took > 5000) told('slow', [command, took, 'ms'])
    }
  }
  return heard(command, await real(url, options))
}
async function heard(command, answer) {
  if (!answer.headers.get('content-type')?.startsWith('application/json')) return answer
  const said = await answer.clone().json()
  remember(said)
  // A person can act on every other fault; this one says that the program did not expect it.
  // While the installation cannot be opened, every command says so.
  const failed = answer.headers.get('Tauri-Response') === 'error' && location.hash !== '#/problem'
  if (failed && said?.code === 'Internal') told('internal', [command, JSON.stringify(said)])
  return answer
}

const client = () => document.querySelector('#app').__vue_app__?._context.provides['VUE_QUERY_CLIENT']
const seen = (element) =>
  element.checkVisibility({ visibilityProperty: true, opacityProperty: true }) &&
  element.closest('.visually-hidden, [inert], dialog:not([open])') === null
const named = (element) => {
  const test = element.closest('[data-test]')?.getAttribute('data-test')
  const words = (element.textContent ?? '').trim().slice(0, 40)
  const name = typeof element.className === 'string' ? element.className : ''
  return `<${element.localName} class="${name}"> in ${test ?? '?'}: "${words}"`
}
const titled = (element) => element.closest('[title]')?.title ?? ''

/** Goes up from a box of text: what cuts it off without a mark, or null. */
function cut(element, box) {
  let { left, right, top, bottom } = box
  for (let at = element; at !== null && at !== document.documentElement; at = at.parentElement) {
    const style = getComputedStyle(at)
    const own = at.getBoundingClientRect()
    const hidesX = ['hidden', 'clip'].includes(style.overflowX)
    const hidesY = ['hidden', 'clip'].includes(style.overflowY)
    const scrolls = [style.overflowX, style.overflowY].some((one) => ['auto', 'scroll'].includes(one))
    if (style.position === 'fixed' && !hidesX && !hidesY && !scrolls) break
    if (scrolls) {
      left = Math.max(left, own.left)
      right = Math.min(right, own.right)
      top = Math.max(top, own.top)
      bottom = Math.min(bottom, own.bottom)
      if (left >= right || top >= bottom) return null
      continue
    }
    const outX = right > own.right + 1.5 || left < own.left - 1.5
    const outY = bottom > own.bottom + 3 || top < own.top - 3
    if ((hidesX && outX) || (hidesY && outY)) {
      const marked = style.textOverflow === 'ellipsis' || style.webkitLineClamp !== 'none'
      if (marked && titled(element) !== '') return null
      return marked ? 'is shortened without a title' : 'is cut off'
    }
  }
  if (right > innerWidth + 1 || left < -1) return 'sticks out of the window'
  const page = document.scrollingElement
  const scrolls = page.scrollHeight > page.clientHeight
  if (!scrolls && (bottom > innerHeight + 1 || top < -1)) return 'lies below the window'
  return null
}

function texts() {
  const found = []
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) {
    const element = node.parentElement
    if (node.data.trim() === '' || ['SCRIPT', 'STYLE'].includes(element.tagName)) continue
    if (seen(element)) found.push({ node, element, text: node.data.trim() })
  }
  return found
}

function layout(wrong) {
  const page = document.scrollingElement
  if (page.scrollWidth > innerWidth) wrong.push(`the page is ${page.scrollWidth} wide`)
  for (const { node, element, text } of texts()) {
    const range = document.createRange()
    range.selectNodeContents(node)
    for (const box of range.getClientRects()) {
      const how = box.width > 0 && box.height > 0 ? cut(element, box) : null
      if (how === null) continue
      wrong.push(`"${text.slice(0, 40)}" ${how} (${named(element)})`)
      break
    }
  }
  const controls = 'button, a[href], input, select, textarea, summary'
  for (const one of document.querySelectorAll(controls)) {
    const box = one.getBoundingClientRect()
    if (!seen(one) || box.width === 0) continue
    // A file field that only lends its dialog to a button is hidden on purpose.
    if (one.type === 'file') continue
    const how = cut(one.parentElement, box)
    if (how !== null) wrong.push(`${named(one)} ${how}`)
    const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
    const top = document.elementFromPoint(x, y)
    const modal = [...document.querySelectorAll('[aria-modal="true"]')].at(-1) ?? null
    const apart = top !== null && !one.contains(top) && !top.contains(one) && !related(one, top)
    if (apart && (modal === null || modal.contains(one)) && inView(one, box)) {
      wrong.push(`${named(one)} is covered by ${named(top)}`)
    }
  }
}
/** A label covers its field, what a button has opened covers what lies below until it is closed, and below
 *  a bar that stays in its place a page can be scrolled. */
function related(one, top) {
  if (top.closest('label')?.contains(one)) return true
  for (let at = top; at !== null; at = at.parentElement) {
    if (getComputedStyle(at).position === 'sticky' && !at.contains(one)) return true
    if (at.previousElementSibling?.getAttribute('aria-expanded') === 'true') return true
  }
  return false
}
/** Whether nothing that scrolls hides the middle of a box. */
function inView(element, box) {
  const [x, y] = [box.left + box.width / 2, box.top + box.height / 2]
  for (let at = element.parentElement; at !== null; at = at.parentElement) {
    const style = getComputedStyle(at)
    if (style.overflowX === 'visible' && style.overflowY === 'visible') continue
    const own = at.getBoundingClientRect()
    if (x < own.left || x > own.right || y < own.top || y > own.bottom) return false
  }
  return true
}

function words(wrong) {
  const english = document.documentElement.lang === 'en'
  const key = new RegExp(`^(${namespaces.join('|')})(\\.[A-Za-z0-9_-]+)+$`)
  const said = texts().map(({ text, element }) => ({ text, element }))
  for (const element of document.querySelectorAll('[title], [placeholder], [aria-label], [alt]')) {
    for (const name of ['title', 'placeholder', 'aria-label', 'alt']) {
      const text = element.getAttribute(name)?.trim()
      if (text && seen(element)) said.push({ text, element })
    }
  }
  for (const { text, element } of said) {
    // What stands in another language on purpose says so, as a screen reader needs it too.
    if (element.closest('[lang]') !== document.documentElement) continue
    if (key.test(text)) wrong.push(`the key ${text} is shown (${named(element)})`)
    if (/\{[a-z_]+\}|undefined|NaN|\[object/.test(text) && !data.zh.includes(text)) {
      wrong.push(`"${text.slice(0, 60)}" is no sentence (${named(element)})`)
    }
    const runs = english
      ? (text.match(/\p{Script=Han}+/gu) ?? [])
      : (text.match(/[A-Za-z]{2,}(?: [A-Za-z']{2,}){2,}/g) ?? [])
    // Of a text in both languages the other one is no data here.
    const known = english ? data.en : data.zh
    for (const run of runs) {
      if (!known.includes(run)) {
        wrong.push(`"${run.slice(0, 60)}" is not translated (${named(element)})`)
      }
    }
  }
}

const watch = {
  mode: 'normal',
  running: [],
  measuring: false,
  /** Sets the state that commands are answered in, and lets those go that were held. */
  answer(mode) {
    this.mode = mode
    if (mode !== 'loading') {
      held.forEach((go) => go())
      held = []
    }
  },
  /** Forgets what no shown screen uses: the next one asks again. */
  forget() {
    client().removeQueries({ predicate: (query) => query.getObserversCount() === 0 })
  },
  /** Asks again for what is shown: what was answered before this watched is data too. */
  again: () => client().refetchQueries(),
  /** Takes what went wrong since it was last taken. */
  errors: () => errors.splice(0),
  /** Whether nothing is to be seen. */
  blank: () => (document.querySelector('main') === null ? ['the window is blank'] : []),
  /** What is wrong with what is to be seen. */
  check() {
    const wrong = []
    layout(wrong)
    words(wrong)
    return wrong.concat(this.blank())
  },
}
window.watch = watch
