import { expect, test } from 'vitest'
import {
  columns,
  inOrder,
  leastOf,
  parseColumns,
  shownOf,
  toggled,
  tracksOf,
  usual,
} from './columns'

test('chosen columns stand in the order of the ledger, whatever was chosen first', () => {
  expect(inOrder(['photos', 'level'])).toEqual(['level', 'hazard', 'photos'])
  expect(toggled(toggled(usual, 'photos'), 'photos')).toEqual(usual)
})

test('a list without what is wrong cannot be chosen', () => {
  expect(toggled(usual, 'hazard')).toContain('hazard')
  expect(parseColumns('[]')).toEqual(['hazard'])
})

test('what was kept comes back, and what nobody knows is left out', () => {
  expect(parseColumns(JSON.stringify(['level', 'colour']))).toEqual(['level', 'hazard'])
  expect(parseColumns(null)).toEqual(usual)
  expect(parseColumns('{')).toEqual(usual)
})

test('beside an open finding only columns stand for which there is room', () => {
  const room = 1366 - 480 - 32
  expect(leastOf(shownOf(columns, true))).toBeLessThan(room)
  expect(shownOf(columns, false)).toEqual(columns)
  expect(leastOf(usual)).toBeLessThan(1366 - 32)
})

test('every row has as many tracks as columns', () => {
  expect(tracksOf(['level', 'hazard'])).toBe('64px minmax(200px, 3fr)')
})
