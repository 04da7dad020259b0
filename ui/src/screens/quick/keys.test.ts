import { expect, test } from 'vitest'
import type { Pressed } from '../runner/keys'
import { quickIntent, type QuickSituation } from './keys'

const press = (code: string, over: Partial<Pressed> = {}): Pressed => ({
  key: code,
  code,
  ctrlKey: false,
  shiftKey: false,
  altKey: false,
  metaKey: false,
  isComposing: false,
  repeat: false,
  ...over,
})
const free: QuickSituation = { typing: false, pressing: false, dialog: false }

test.each([
  ['Digit1', '1'],
  ['Numpad7', '7'],
  ['KeyA', 'a'],
  ['KeyX', 'x'],
])('%s marks the hazard of the key %s', (code, key) => {
  expect(quickIntent(press(code), free)).toEqual({ do: 'mark', key })
})

test.each([
  ['Enter', 'done'],
  ['KeyP', 'photo'],
  ['KeyR', 'phone'],
  ['KeyZ', 'fixed'],
  ['KeyD', 'deadline'],
  ['KeyU', 'undo'],
  ['KeyN', 'note'],
  ['KeyC', 'copy'],
  ['KeyV', 'paste'],
  ['F2', 'reporter'],
  ['Slash', 'search'],
  ['ArrowDown', 'next'],
])('%s means %s', (code, act) => {
  expect(quickIntent(press(code), free)).toEqual({ do: act })
})

test('a held Enter, a pinyin composition, a dialog and Ctrl finish nothing', () => {
  expect(quickIntent(press('Enter', { repeat: true }), free)).toBeNull()
  expect(quickIntent(press('Enter', { isComposing: true }), free)).toBeNull()
  expect(quickIntent(press('Digit1'), { ...free, dialog: true })).toBeNull()
  expect(quickIntent(press('KeyV', { ctrlKey: true }), free)).toBeNull()
  expect(quickIntent(press('Enter'), { ...free, pressing: true })).toBeNull()
})

test('in a field keys are text, and Enter or Esc leave it', () => {
  const typing = { ...free, typing: true }
  expect(quickIntent(press('Digit1'), typing)).toBeNull()
  expect(quickIntent(press('Enter'), typing)).toEqual({ do: 'leave' })
  expect(quickIntent(press('Escape'), typing)).toEqual({ do: 'leave' })
})
