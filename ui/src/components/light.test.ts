import { expect, test } from 'vitest'
import { syncStatus } from '../samples'
import { lightOf } from './light'

test.each([
  [{}, 'done'],
  [{ changes_unsent: 2 }, 'waiting'],
  [{ state: 'working', blobs_unsent: 1 }, 'working'],
  [{ state: 'offline', changes_unsent: 9 }, 'offline'],
  [{ state: 'signed_out' }, 'trouble'],
  [{ state: 'stopped' }, 'trouble'],
  [{ rejected: 1 }, 'trouble'],
  [{ state: 'working', oldest_alarm: true }, 'trouble'],
  [{ state: 'offline', oldest_alarm: true }, 'trouble'],
  // Two values do not stop the upload: the bar has a badge of its own for them.
  [{ conflicts: 2 }, 'done'],
] as const)('%o shows %s', (over, light) => {
  expect(lightOf(syncStatus(over))).toBe(light)
})
