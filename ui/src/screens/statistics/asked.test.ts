import { expect, test } from 'vitest'
import { addressOf, askedOf, narrowed, periodOf, requestOf, withPeriod, type Asked } from './asked'

const usual = askedOf({})
const asked = (over: Partial<Asked> = {}): Asked => ({ ...usual, ...over })

test('whoever comes back to the figures finds what was asked', () => {
  const all: Asked[] = [
    usual,
    asked({ period: 'last_year', level: 'all', region: '540121', sector: 'fire' }),
    asked({ period: 'custom', from: '2026-01-01', until: '2026-06-30', measure: 'overdue' }),
    asked({ period: 'custom', from: '2026-1', until: '' }),
  ]
  for (const one of all) expect(askedOf(addressOf(one))).toEqual(one)
})

test('an address without anything, or with nonsense, asks for this year’s major hazards', () => {
  const none = { period: 'this_year', level: 'major', region: '', sector: '', measure: 'open' }
  expect(usual).toEqual({ ...none, from: '', until: '' })
  expect(askedOf({ period: 'x', level: ['all'], in: '51', cells: '1', from: 'y' })).toEqual(usual)
  expect(addressOf(usual)).toEqual({})
})

test('a period is whole days from the first to the last of it', () => {
  const day = '2026-11-27'
  const span = (period: Asked['period'], today = day) => periodOf(asked({ period }), today)
  expect(span('this_year')).toEqual({ from: '2026-01-01', until: '2026-12-31' })
  expect(span('last_year')).toEqual({ from: '2025-01-01', until: '2025-12-31' })
  expect(span('quarter')).toEqual({ from: '2026-10-01', until: '2026-12-31' })
  expect(span('quarter', '2026-03-31')).toEqual({ from: '2026-01-01', until: '2026-03-31' })
  expect(span('month')).toEqual({ from: '2026-11-01', until: '2026-11-30' })
  expect(span('month', '2028-02-10')).toEqual({ from: '2028-02-01', until: '2028-02-29' })
  expect(span('month', '2026-12-31')).toEqual({ from: '2026-12-01', until: '2026-12-31' })
})

test('days of one’s own may be typed with gloves, or left open', () => {
  const own = (from: string, until: string) =>
    periodOf(asked({ period: 'custom', from, until }), '2026-11-27')
  expect(own('20260101', '2026.6.30')).toEqual({ from: '2026-01-01', until: '2026-06-30' })
  expect(own('', '2026-06-30')).toEqual({ from: null, until: '2026-06-30' })
  expect(own('2026-02-30', '')).toBe('day')
  expect(own('2026-07-01', '2026-06-30')).toBe('order')
})

test('nothing is asked while the days that are typed are no period', () => {
  const wrong = asked({ period: 'custom', from: '2026-13-01' })
  expect(requestOf(wrong, '2026-11-27')).toBeNull()
})

test('a period of one’s own begins as the one that was shown', () => {
  const own = { period: 'custom', from: '2026-11-01', until: '2026-11-30' }
  expect(withPeriod(asked({ period: 'month' }), 'custom', '2026-11-27')).toEqual(own)
  const left = { period: 'this_year', from: '', until: '' }
  expect(withPeriod(asked(own as Partial<Asked>), 'this_year', '2026-11-27')).toEqual(left)
})

test('a request counts within level, division and sector, and shows the parts of the division', () => {
  expect(requestOf(usual, '2026-11-27')).toEqual({
    base: [{ kind: 'level', level: 'major' }],
    period: { from: '2026-01-01', until: '2026-12-31' },
    stock_until: '2023-12-31',
    under: '54',
  })
  const narrow = requestOf(asked({ level: 'all', region: '5401', sector: 'fire' }), '2026-11-27')
  expect(narrow?.base).toEqual([
    { kind: 'region', prefix: '5401' },
    { kind: 'sector', sector: 'fire' },
  ])
  expect(narrow?.under).toBe('5401')
})

test('a page without hazards offers more only if there may be more', () => {
  expect(narrowed(usual)).toBe(true)
  expect(narrowed(asked({ level: 'all', period: 'month' }))).toBe(false)
  expect(narrowed(asked({ level: 'all', sector: 'fire' }))).toBe(true)
})
