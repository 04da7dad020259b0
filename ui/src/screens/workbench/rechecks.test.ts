import { expect, test } from 'vitest'
import { dueParts } from './rechecks'

test('within a week is today as well, as in the list that the number opens', () => {
  expect(dueParts({ overdue: 2, today: 1, week: 5 })).toEqual({ overdue: 2, today: 1, week: 6 })
})
