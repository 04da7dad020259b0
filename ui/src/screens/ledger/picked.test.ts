import { expect, test } from 'vitest'
import type { BulkOutcome } from '../../bindings/BulkOutcome'
import type { LedgerRow } from '../../bindings/LedgerRow'
import { fields } from '../../life/fields'
import * as of from './picked'

const row = (finding: string, over: Partial<LedgerRow> = {}) =>
  ({ finding, site: 's', level: 'general', hazard: `隐患${finding}`, ...over }) as LedgerRow
const rows = (count: number) => Array.from({ length: count }, (_, n) => row(`f${n}`))
const pick = (...some: LedgerRow[]) => some.reduce(of.toggled, of.nonePicked)
const done = (finding: string): BulkOutcome => ({ finding, refused: null, params: {} })

test('the same key again takes a hazard out of those that are chosen', () => {
  const picked = pick(row('a'), row('b'))
  expect([...picked.keys()]).toEqual(['a', 'b'])
  expect([...of.toggled(picked, row('a')).keys()]).toEqual(['b'])
})

test('no more are chosen than one step takes, and one may still be taken out', () => {
  const full = pick(...rows(of.pickedMax + 3))
  expect(full.size).toBe(of.pickedMax)
  expect(of.toggled(full, row('f0')).size).toBe(of.pickedMax - 1)
})

test('the box in the header chooses what is read, at most two hundred, and then nothing', () => {
  const few = rows(3)
  expect(of.allState(of.nonePicked, few)).toBe('none')
  const one = pick(row('f0'))
  expect(of.allState(one, few)).toBe('some')
  const all = of.allToggled(one, few)
  expect(of.allState(all, few)).toBe('all')
  expect(of.allToggled(all, few).size).toBe(0)
  const many = of.allToggled(of.nonePicked, rows(450))
  expect(many.size).toBe(of.pickedMax)
  expect(of.allState(many, rows(450))).toBe('all')
  expect(of.allToggled(many, rows(450)).size).toBe(0)
})

test('one major hazard among them asks for what a major hazard asks for', () => {
  const lot = of.lotOf(pick(row('a'), row('b', { level: 'major', site: 't' })))
  expect(lot).toEqual({ count: 2, sites: 2, grave: true })
  expect(of.lotOf(pick(row('a'), row('b', { level: 'element' }))).grave).toBe(false)
  expect(of.lotOf(pick(row('a', { level: 'of_a_newer_program' }))).grave).toBe(true)
})

test('the summary says how many were done, and of the others which and why', () => {
  const picked = pick(row('a'), row('b'), row('c'))
  const params = { state: 'closed' }
  const outcomes = [done('a'), { finding: 'b', refused: 'step_not_allowed', params }, done('c')]
  expect(of.summaryOf(picked, outcomes)).toEqual({
    done: 2,
    refused: [{ row: row('b'), key: 'step_not_allowed', params }],
  })
})

test('what was refused stays chosen, and what nothing was said of', () => {
  const picked = pick(row('a'), row('b'), row('c'))
  const outcomes = [done('a'), { finding: 'b', refused: 'role_missing', params: {} }]
  expect([...of.afterwards(picked, outcomes).keys()]).toEqual(['b', 'c'])
})

test('no step for several hazards needs a photo of one of them', () => {
  for (const step of of.bulkSteps)
    expect(fields[step].filter((one) => one.kind === 'photos' && 'need' in one)).toEqual([])
})
