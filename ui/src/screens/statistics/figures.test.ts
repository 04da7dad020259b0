import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HazardFilter } from '../../bindings/HazardFilter'
import { daysEach, difference, listOf, none, rateText, rungOf, share } from './figures'

const number = (count: number, filter: HazardFilter = []) => ({ count, filter })

test('a share of nothing is —, never 0 %', () => {
  expect(share(0, 0)).toBe(none)
  expect(rateText({ part: number(0), whole: number(0) })).toBe(none)
  expect(share(0, 5)).toBe('0%')
})

test('a share has one digit after the point, and none where it would be nought', () => {
  expect(share(1, 3)).toBe('33.3%')
  expect(share(2, 3)).toBe('66.7%')
  expect(share(42, 50)).toBe('84%')
})

test('only all is 100 %, and only none is 0 %', () => {
  expect(share(99_999, 100_000)).toBe('99.9%')
  expect(share(1, 100_000)).toBe('0.1%')
  const counts = fc
    .integer({ min: 1, max: 200_000 })
    .chain((whole) => fc.tuple(fc.integer({ min: 0, max: whole }), fc.constant(whole)))
  fc.assert(
    fc.property(counts, ([part, whole]) => {
      expect(share(part, whole) === '100%').toBe(part === whole)
      expect(share(part, whole) === '0%').toBe(part === 0)
    }),
  )
})

test('days per hazard are told to a tenth; of none there are none', () => {
  expect(daysEach({ days: 10, of: number(3) })).toBe('3.3')
  expect(daysEach({ days: 0, of: number(2) })).toBe('0')
  expect(daysEach({ days: 0, of: number(0) })).toBe(none)
})

test('more and fewer than the year before bear their sign', () => {
  expect([difference(5, 3), difference(3, 5), difference(4, 4)]).toEqual(['+2', '−2', '±0'])
})

test('a number opens exactly what it counts', () => {
  const filter: HazardFilter = [{ kind: 'level', level: 'major' }, { kind: 'open' }]
  const { path, query } = listOf(filter)
  expect(path).toBe('/findings')
  expect(JSON.parse(query.counted)).toEqual(filter)
})

test('a rung is told by what its number counts, not by its place', () => {
  const span = { from: null, until: null }
  expect(rungOf(number(1, [{ kind: 'open' }, { kind: 'escalated', rung: 'talk', span }]))).toBe(
    'talk',
  )
})
