import { expect, test } from 'vitest'
import type { HealthItem } from '../bindings/HealthItem'
import { grouped, percent, remedyOf, troubles } from './care'

const item = (key: string, said: string, state: HealthItem['state']): HealthItem => ({
  key,
  said,
  state,
  params: {},
})

test('what is grave comes first, and what is well is no trouble', () => {
  const items = [
    item('disk', 'little', 'warn'),
    item('clock', 'ok', 'ok'),
    item('database', 'damaged', 'bad'),
  ]
  expect(troubles(items).map((one) => one.key)).toEqual(['database', 'disk'])
})

test('a finished share is never shown before the end, and an unknown one not at all', () => {
  expect(percent(null)).toBeNull()
  expect(percent({ done: 5, total: 0 })).toBeNull()
  expect(percent({ done: 1, total: 3 })).toBe(33)
  expect(percent({ done: 3, total: 3 })).toBe(99)
})

test('each trouble has the button that helps, and what is well has none', () => {
  expect(remedyOf(item('unsent', 'old', 'bad'))).toBe('sync')
  expect(remedyOf(item('backup', 'never', 'warn'))).toBe('backup')
  expect(remedyOf(item('backup', 'ok', 'ok'))).toBeNull()
  expect(remedyOf(item('battery', 'low', 'bad'))).toBeNull()
})

test('a code falls into groups of five however it is typed', () => {
  expect(grouped('abcde fgh')).toBe('ABCDE-FGH')
  expect(grouped('ABCDE-')).toBe('ABCDE')
  expect(grouped('1'.repeat(40))).toBe('11111-11111-11111-11111-11111')
})
