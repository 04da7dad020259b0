import { expect, test } from 'vitest'
import { intentOf, type Pressed, type Situation } from './keys'

const press = (code: string, over: Partial<Pressed> = {}): Pressed => ({
  key: code.replace(/^(Digit|Key)/, '').toLowerCase(),
  code,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  repeat: false,
  ...over,
})
const looking: Situation = {
  typing: false,
  pressing: false,
  larger: false,
  drawing: false,
  holding: false,
  writable: true,
}
const drawing: Situation = { ...looking, drawing: true }
const escape = press('Escape', { key: 'Escape' })
const enter = press('Enter', { key: 'Enter' })

test.each([
  ['ArrowLeft', 'previous'],
  ['ArrowRight', 'next'],
  ['PageDown', 'next'],
  ['Home', 'first'],
  ['End', 'last'],
  ['Equal', 'nearer'],
  ['NumpadAdd', 'nearer'],
  ['Minus', 'farther'],
  ['Digit0', 'fit'],
  ['Digit1', 'full'],
  ['KeyR', 'turn'],
  ['KeyO', 'original'],
  ['KeyI', 'facts'],
  ['KeyB', 'before'],
  ['KeyH', 'marks'],
  ['KeyM', 'draw'],
  ['Slash', 'help'],
])('%s is %s', (code, done) => {
  expect(intentOf(press(code), looking)).toEqual({ do: done })
})

test('arrow keys move what is larger than the frame, and the others still change the photo', () => {
  const near = { ...looking, larger: true }
  expect(intentOf(press('ArrowRight'), near)).toEqual({ do: 'pan', x: 1, y: 0 })
  expect(intentOf(press('ArrowUp'), near)).toEqual({ do: 'pan', x: 0, y: -1 })
  expect(intentOf(press('PageUp'), near)).toEqual({ do: 'previous' })
  expect(intentOf(press('ArrowUp'), looking)).toBe(null)
})

test('while drawing, letters are tools and arrow keys place and size the shape', () => {
  expect(intentOf(press('KeyA'), drawing)).toEqual({ do: 'tool', tool: 'arrow' })
  expect(intentOf(press('KeyC'), drawing)).toEqual({ do: 'tool', tool: 'circle' })
  expect(intentOf(press('KeyT'), drawing)).toEqual({ do: 'tool', tool: 'text' })
  expect(intentOf(press('KeyU'), drawing)).toEqual({ do: 'undo' })
  expect(intentOf(press('KeyZ', { ctrlKey: true }), drawing)).toEqual({ do: 'undo' })
  expect(intentOf(press('Delete'), drawing)).toEqual({ do: 'remove' })
  const holding = { ...drawing, holding: true, larger: true }
  expect(intentOf(press('ArrowDown'), holding)).toEqual({ do: 'shift', x: 0, y: 1 })
  const shift = press('ArrowDown', { shiftKey: true })
  expect(intentOf(shift, holding)).toEqual({ do: 'stretch', x: 0, y: 1 })
  // A button keeps the focus after a click: Enter is still for the shape.
  expect(intentOf(enter, { ...holding, pressing: true })).toEqual({ do: 'set' })
  expect(intentOf(enter, { ...drawing, pressing: true })).toBe(null)
})

test('nothing is drawn when not drawing, and a finished visit is not drawn on', () => {
  for (const code of ['KeyA', 'KeyC', 'KeyT', 'KeyU', 'Delete', 'Enter']) {
    expect(intentOf(press(code), looking)).toBe(null)
  }
  expect(intentOf(press('KeyM'), { ...looking, writable: false })).toBe(null)
})

test('in a field everything but Escape is text', () => {
  const typing = { ...drawing, typing: true, holding: true }
  for (const code of ['KeyA', 'Delete', 'ArrowLeft', 'Digit1', 'Slash', 'Enter']) {
    expect(intentOf(press(code), typing)).toBe(null)
  }
  expect(intentOf(escape, typing)).toEqual({ do: 'leave' })
  expect(intentOf({ ...escape, isComposing: true }, typing)).toBe(null)
})

test('a key held down goes on through photos and zoom, and does nothing else twice', () => {
  expect(intentOf(press('ArrowRight', { repeat: true }), looking)).toEqual({ do: 'next' })
  expect(intentOf(press('Equal', { repeat: true }), looking)).toEqual({ do: 'nearer' })
  expect(intentOf(press('KeyR', { repeat: true }), looking)).toBe(null)
  expect(intentOf(press('KeyM', { repeat: true }), looking)).toBe(null)
})

test('keys go by their place on the keyboard, and Shift turns back', () => {
  expect(intentOf(press('KeyR', { key: 'ར' }), looking)).toEqual({ do: 'turn' })
  expect(intentOf(press('KeyR', { shiftKey: true }), looking)).toEqual({ do: 'turn_back' })
})
