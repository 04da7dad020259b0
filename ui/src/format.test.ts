import { expect, test } from 'vitest'
import { bytes, civilDate, day, daysAfter, moment } from './format'

test('instants are shown in Beijing time', () => {
  expect(moment('2026-11-23T16:30:00Z')).toBe('2026-11-24 00:30')
  expect(day('2026-11-23T16:30:00Z')).toBe('2026-11-24')
  expect([day(null), moment('never')]).toEqual(['—', '—'])
})

test('deadlines are civil dates', () => {
  expect(daysAfter('2026-12-25', 15)).toBe('2027-01-09')
  expect(civilDate('20260228')).toBe('2026-02-28')
  expect(civilDate('2026.3.5')).toBe('2026-03-05')
  expect(civilDate('2026-02-30')).toBeNull()
  expect(civilDate('soon')).toBeNull()
})

test('sizes read like in a file list', () => {
  expect([bytes(900), bytes(40_000), bytes(5_500_000)]).toEqual(['900 B', '39 KB', '5.2 MB'])
})
