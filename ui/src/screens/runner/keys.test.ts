import { expect, test } from 'vitest'
import { intentOf, isPressing, isTyping, type Pressed, type Situation } from './keys'

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
const free: Situation = { typing: false, pressing: false, dialog: false, readOnly: false }

test.each([
  ['Digit1', 'compliant'],
  ['Digit2', 'non_compliant'],
  ['Digit3', 'not_applicable'],
  ['Numpad4', 'undetermined'],
  ['Digit5', 'not_checked'],
])('%s answers %s', (code, result) => {
  expect(intentOf(press(code), free)).toEqual({ do: 'answer', result })
})

test.each([
  ['ArrowDown', 'next'],
  ['KeyJ', 'next'],
  ['ArrowUp', 'previous'],
  ['KeyK', 'previous'],
  ['KeyN', 'note'],
  ['KeyP', 'photo'],
  ['KeyM', 'phone'],
  ['KeyF', 'free_finding'],
  ['KeyX', 'filter'],
  ['KeyH', 'penalty'],
  ['KeyT', 'ticks'],
  ['KeyL', 'before'],
  ['KeyU', 'undo'],
  ['Slash', 'search'],
])('%s means %s', (code, act) => {
  expect(intentOf(press(code), free)).toEqual({ do: act })
})

test('in a field keys are text; only Esc leaves it and Ctrl+Enter finishes', () => {
  const typing = { ...free, typing: true }
  expect(intentOf(press('Digit2'), typing)).toBeNull()
  expect(intentOf(press('ArrowDown'), typing)).toBeNull()
  expect(intentOf(press('Escape', { key: 'Escape' }), typing)).toEqual({ do: 'leave' })
  const finish = press('Enter', { key: 'Enter', ctrlKey: true })
  expect(intentOf(finish, typing)).toEqual({ do: 'finish' })
})

test('a pinyin composition, a dialog and a held key answer nothing', () => {
  expect(intentOf(press('Digit1', { isComposing: true }), free)).toBeNull()
  expect(intentOf(press('Digit1'), { ...free, dialog: true })).toBeNull()
  expect(intentOf(press('Digit1', { repeat: true }), free)).toBeNull()
  expect(intentOf(press('ArrowDown', { repeat: true }), free)).toEqual({ do: 'next' })
  expect(intentOf(press('Digit1', { ctrlKey: true }), free)).toBeNull()
})

test('Enter writes the finding, but presses a button that has the focus; Shift+U brings back', () => {
  const enter = press('Enter', { key: 'Enter' })
  expect(intentOf(enter, free)).toEqual({ do: 'finding' })
  expect(intentOf(enter, { ...free, pressing: true })).toBeNull()
  expect(intentOf(press('KeyU', { shiftKey: true }), free)).toEqual({ do: 'redo' })
  const button = document.createElement('button')
  const inner = button.appendChild(document.createElement('span'))
  expect(isPressing(inner)).toBe(true)
  expect(isPressing(document.body)).toBe(false)
})

test('a finished inspection can be walked through, not changed', () => {
  const readOnly = { ...free, readOnly: true }
  expect(intentOf(press('KeyJ'), readOnly)).toEqual({ do: 'next' })
  expect(intentOf(press('Digit1'), readOnly)).toBeNull()
  expect(intentOf(press('KeyF'), readOnly)).toBeNull()
  expect(intentOf(press('Enter', { key: 'Enter', ctrlKey: true }), readOnly)).toBeNull()
})

test('only fields of text are typed in', () => {
  const input = (type: string) => Object.assign(document.createElement('input'), { type })
  expect(isTyping(input('text'))).toBe(true)
  expect(isTyping(input('checkbox'))).toBe(false)
  expect(isTyping(document.createElement('textarea'))).toBe(true)
  expect(isTyping(document.createElement('button'))).toBe(false)
})
