import { expect, test } from 'vitest'
import { addressOf, filtersOf, narrowed, type Filters } from './filters'

const all: Filters = { search: '', sector: '', division: '', kind: '', which: 'all' }

test('whoever comes back to the list finds it as it was', () => {
  const chosen: Filters = { ...all, search: 'sf 藏', division: '540121', which: 'open' }
  expect(filtersOf(addressOf(chosen))).toEqual(chosen)
})

test('an address without anything, or with nonsense, means all sites', () => {
  expect(filtersOf({})).toEqual(all)
  expect(filtersOf({ which: 'x', q: ['a', 'b'] })).toEqual(all)
  expect(narrowed(all)).toBe(false)
  expect(narrowed({ ...all, kind: 'temple' })).toBe(true)
})
