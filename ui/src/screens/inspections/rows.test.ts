import { expect, test } from 'vitest'
import { inspectionRow } from '../../samples'
import { shelve } from './rows'

test('unfinished inspections stand apart, the newest first', () => {
  const rows = [
    inspectionRow({ id: 'old', begun: '2026-01-01T00:00:00Z' }),
    inspectionRow({ id: 'new', begun: '2026-02-01T00:00:00Z' }),
    inspectionRow({ id: 'done', ended: '2026-02-02T00:00:00Z' }),
  ]
  const { unfinished, finished } = shelve(rows)
  expect(unfinished.map((row) => row.id)).toEqual(['new', 'old'])
  expect(finished.map((row) => row.id)).toEqual(['done'])
})
