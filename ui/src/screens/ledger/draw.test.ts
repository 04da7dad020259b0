import { expect, test } from 'vitest'
import { countOf, drawn, left, mayDraw } from './draw'
import { addressOf, filtersOf } from './filters'

test('a lot is drawn among what is struck off, and not among what was drawn', () => {
  expect(mayDraw(filtersOf({ state: 'closed' }))).toBe(true)
  expect(mayDraw(filtersOf({}))).toBe(false)
  expect(mayDraw(filtersOf({ state: 'closed,withdrawn' }))).toBe(false)
  expect(mayDraw(filtersOf({ state: 'closed', only: 'a' }))).toBe(false)
})

test('one to fifty are drawn, and nothing that is no number', () => {
  expect([' 5 ', '1', '50'].map(countOf)).toEqual([5, 1, 50])
  for (const wrong of ['', '0', '51', '-1', '2.5', '五']) expect(countOf(wrong)).toBeNull()
})

test('one that failed its later look is still among those that were drawn', () => {
  const before = filtersOf({
    state: 'closed',
    in: '5401',
    due: 'any',
    listed: 'any',
    counted: '[]',
  })
  const address = addressOf({ ...before, ...drawn(['a', 'b']) })
  expect(address).toEqual({ in: '5401', only: 'a,b' })
})

test('whoever leaves those that were drawn is among the struck-off ones again', () => {
  const filters = { ...filtersOf({ in: '5401', only: 'a,b' }), ...left }
  expect(addressOf(filters)).toEqual({ in: '5401', state: 'closed' })
})
