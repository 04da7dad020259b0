import { expect, test } from 'vitest'
import { syncStatus, syncTick } from '../../samples'
import { ago, headlineOf, left, reasonOf, tickState } from './progress'

test.each([
  [{}, 'done'],
  [{ state: 'working', changes_unsent: 2, lid_may_close: false }, 'working'],
  [{ state: 'working', lid_may_close: false }, 'receiving'],
  [{ lid_may_close: false }, 'receiving'],
  [{ changes_unsent: 2, lid_may_close: false }, 'waiting'],
  [{ blobs_unsent: 2, metered: true, lid_may_close: false }, 'metered'],
  [{ changes_unsent: 1, blobs_unsent: 2, metered: true, lid_may_close: false }, 'waiting'],
  [{ state: 'offline', changes_unsent: 9, lid_may_close: false }, 'offline'],
  // Everything arrived before the network went away.
  [{ state: 'offline', lid_may_close: false }, 'done'],
  [{ rejected: 1 }, 'settle'],
  [{ rejected: 1, changes_unsent: 1 }, 'waiting'],
  [{ state: 'trouble', rejected: 1 }, 'trouble'],
  [{ state: 'signed_out' }, 'signed_out'],
  [{ state: 'stopped' }, 'stopped'],
] as const)('%o is told as %s', (over, headline) => {
  expect(headlineOf(syncStatus(over))).toBe(headline)
})

test('a tick is set when all is confirmed; the bar counts bytes where there are any', () => {
  expect(tickState(syncTick())).toMatchObject({ word: 'none', done: true })
  expect(tickState(syncTick({ total: 3, sent: 3 }))).toMatchObject({ word: 'done', done: true })
  expect(tickState(syncTick({ total: 4, sent: 1 }))).toEqual({
    word: 'part',
    done: false,
    at: 1,
    of: 4,
  })
  // All bytes are there, but the server has not confirmed the last file.
  expect(tickState(syncTick({ total: 2, sent: 1, bytes: 900, bytes_sent: 900 }))).toEqual({
    word: 'part',
    done: false,
    at: 900,
    of: 900,
  })
})

test('what is left is rounded up', () => {
  expect(left(20)).toEqual({ unit: 'moment', count: 0 })
  expect(left(170)).toEqual({ unit: 'minutes', count: 3 })
  expect(left(5 * 3600 + 1)).toEqual({ unit: 'hours', count: 6 })
  expect(left(72 * 3600)).toEqual({ unit: 'days', count: 3 })
})

test('an age is rounded down, and never in the future', () => {
  const now = Date.parse('2026-11-25T12:00:00Z')
  expect(ago('2026-11-25T11:59:30Z', now)).toEqual({ unit: 'moment', count: 0 })
  expect(ago('2026-11-25T13:00:00Z', now)).toEqual({ unit: 'moment', count: 0 })
  expect(ago('2026-11-25T11:30:30Z', now)).toEqual({ unit: 'minutes', count: 29 })
  expect(ago('2026-11-24T13:00:00Z', now)).toEqual({ unit: 'hours', count: 23 })
  expect(ago('2026-11-23T11:00:00Z', now)).toEqual({ unit: 'days', count: 2 })
})

test('a reason of next year is told in general words', () => {
  expect(reasonOf({ reason: 'revoked' })).toBe('revoked')
  expect(reasonOf({ reason: 'reason_of_next_year' })).toBe('other')
})
