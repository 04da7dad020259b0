// The monkey's hands inside the page: what there is to be taken hold of.
if (window.hands !== undefined) return

// A file field's own dialog belongs to the desktop and would stay open beside the window.
const click = HTMLInputElement.prototype.click
HTMLInputElement.prototype.click = function () {
  if (this.type !== 'file') click.call(this)
}

const sorts = {
  // Locking is an action of its own, and date fields and lists open windows of the desktop.
  click:
    'button:not(:disabled):not([data-test=lock]), a[href], summary, [role=option], [role=button], ' +
    'input:is([type=checkbox], [type=radio]):not(:disabled), [data-test=stage]',
  field:
    'textarea:not(:disabled), input:not([type=checkbox], [type=radio], [type=file]):not(:disabled)',
  file: 'input[type=file]:not(:disabled)',
  select: 'select:not(:disabled)',
}

const within = (box) =>
  box.width > 0 && box.bottom > 0 && box.right > 0 && box.top < innerHeight && box.left < innerWidth

let taken = null
window.hands = {
  mark(sort, chance) {
    document.querySelector('[data-monkey]')?.removeAttribute('data-monkey')
    const reachable = (one) => sort === 'file' || (one.checkVisibility() && within(one.getBoundingClientRect()))
    const all = [...document.querySelectorAll(sorts[sort])].filter(reachable)
    // Under an open dialog nothing can be reached.
    const over = [...document.querySelectorAll('.el-overlay-dialog, [data-test=viewer]')].at(-1)
    const free = over ? all.filter((one) => over.contains(one)) : all
    // The bar is on every screen: used as often as the rest, nothing would ever come to an end.
    const inside = free.filter((one) => one.closest('header.bar') === null || chance % 8 === 0)
    const from = inside.length > 0 ? inside : free
    taken = from[Math.floor(chance / 8) % from.length] ?? null
    if (taken === null) return null
    taken.setAttribute('data-monkey', '')
    const words = (taken.textContent ?? '').trim().replace(/\s+/g, ' ').slice(0, 24)
    return `${taken.localName}[${taken.dataset.test ?? taken.type ?? ''}] ${words}`
  },
  write(text) {
    taken.focus()
    taken.value = text
    taken.dispatchEvent(new Event('input', { bubbles: true }))
    taken.dispatchEvent(new Event('change', { bubbles: true }))
  },
  choose(chance) {
    taken.selectedIndex = chance % taken.options.length
    taken.dispatchEvent(new Event('change', { bubbles: true }))
  },
}
