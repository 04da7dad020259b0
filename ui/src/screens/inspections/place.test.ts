import { expect, test } from 'vitest'
import { inspectionRow } from '../../samples'
import { placeOf } from './place'

test('a recheck is gone on with where its hazards are, any other visit where its items are', () => {
  expect(placeOf(inspectionRow())).toBe('/inspections/visit')
  expect(placeOf(inspectionRow({ ended: '2026-11-23T04:00:00Z' }))).toBe(
    '/inspections/visit/finish',
  )
  expect(placeOf(inspectionRow({ kind: 'recheck' }))).toBe('/rechecks/visit')
  expect(placeOf(inspectionRow({ kind: 'recheck', total: 3 }))).toBe('/inspections/visit')
})
