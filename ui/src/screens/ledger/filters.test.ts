import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  addressOf,
  channels,
  countedOf,
  dues,
  filtersOf,
  levels,
  listings,
  moreCount,
  narrowed,
  queryOf,
  states,
  type LedgerFilters,
} from './filters'

const word = fc.stringMatching(/^[a-z0-9隐患]{0,8}$/)
const civil = fc
  .date({ min: new Date('2020-01-01'), max: new Date('2030-01-01'), noInvalidDate: true })
  .map((date) => date.toISOString().slice(0, 10))
const day = fc.oneof(fc.constant(''), civil)
const any = fc.record<LedgerFilters>({
  search: word,
  region: word,
  sector: word,
  level: fc.constantFrom('', ...levels),
  states: fc.subarray<string>(states),
  open: fc.boolean(),
  overdue: fc.boolean(),
  due: fc.constantFrom('' as const, ...dues),
  channel: fc.constantFrom('', ...channels),
  inspector: word,
  from: day,
  until: day,
  listed: fc.constantFrom('', ...listings),
  disputed: fc.boolean(),
  site: word,
  counted: fc.constantFrom(null, [], [{ kind: 'open' as const }]),
  only: fc.uniqueArray(fc.uuid(), { maxLength: 50 }),
})

test('whoever comes back to an address finds the same filters', () => {
  fc.assert(
    fc.property(any, (filters) => {
      expect(filtersOf(addressOf(filters))).toEqual(filters)
    }),
  )
})

test('an empty address is the whole ledger, and says nothing', () => {
  const all = filtersOf({})
  expect(addressOf(all)).toEqual({})
  expect(narrowed(all)).toBe(false)
  expect(queryOf(all, null, 100)).toMatchObject({
    ...{ search: '', states: [], open: false, due: null, from: null, until: null },
    ...{ counted: null, only: [], before: null, limit: 100 },
  })
})

test('the links of the workbench and of the statistics open what they name', () => {
  expect(filtersOf({ due: 'overdue' }).due).toBe('overdue')
  const filter = [{ kind: 'region', prefix: '5401' }, { kind: 'open' }]
  const filters = filtersOf({ counted: JSON.stringify(filter) })
  expect(queryOf(filters, null, 1).counted).toEqual(filter)
  expect(narrowed(filters)).toBe(true)
})

test('what no filter means is left out', () => {
  const filters = filtersOf({
    ...{ state: 'closed,dancing', due: 'never', from: '2026-02-30', late: 'yes', q: ['a', 'b'] },
  })
  expect(addressOf(filters)).toEqual({ state: 'closed' })
  expect(countedOf('{"kind":"open"}')).toBeNull()
  expect(countedOf('[1]')).toBeNull()
  expect(countedOf('[{')).toBeNull()
})

test('those that were drawn stay in the address, each once, and what is no id does not', () => {
  const filters = filtersOf({ only: 'b,a,b,,"x' })
  expect(queryOf(filters, null, 1).only).toEqual(['b', 'a'])
  expect(narrowed(filters)).toBe(true)
  expect(
    filtersOf({ only: Array.from({ length: 80 }, (_, n) => `f${n}`).join() }).only,
  ).toHaveLength(50)
})

test('the next page goes on where the last one ended', () => {
  expect(queryOf(filtersOf({ q: '燃气' }), '417', 100)).toMatchObject({
    ...{ search: '燃气', before: '417' },
  })
})

test('conditions that are out of sight are counted', () => {
  expect(moreCount(filtersOf({ by: 'p', from: '2026-01-01', level: 'major' }))).toBe(2)
})
