import { expect, test } from 'vitest'
import { findingRow, item } from '../samples'
import { draftOf, dropDraft, parseShelf, putDraft, ready, slotOf } from './drafts'

const draft = draftOf(findingRow('f'), item('1', { evidence: ['look'] }))

test('a finding is edited with the hints of its item', () => {
  expect(draft).toMatchObject({ id: 'f', edition: 'city_gas', evidence: ['look'] })
})

test('a deadline may be typed without dashes; nonsense and an empty hazard are refused', () => {
  expect(ready(draft, '20261208').deadline).toBe('2026-12-08')
  expect(ready(draft, ' ').deadline).toBeNull()
  expect(() => ready(draft, '2026-02-31')).toThrow('date_invalid')
  expect(() => ready({ ...draft, hazard: ' ' }, '')).toThrow('hazard_required')
})

test('drafts of two items do not overwrite each other, and the open one is known', () => {
  const one = { ...draft, id: null, item: '1' }
  const two = { ...draft, id: null, item: '2' }
  let shelf = putDraft(parseShelf(null), slotOf(one), one)
  shelf = parseShelf(JSON.stringify(putDraft(shelf, slotOf(two), two)))
  expect([shelf.open, Object.keys(shelf.drafts)]).toEqual(['2/', ['1/', '2/']])
  expect(dropDraft(shelf, '2/')).toEqual({ open: null, drafts: { '1/': one } })
  expect(parseShelf('broken').drafts).toEqual({})
})
