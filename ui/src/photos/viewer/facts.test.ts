import { beforeAll, expect, test } from 'vitest'
import { i18n } from '../../i18n'
import { photo } from '../../samples'
import {
  clockWords,
  contradictions,
  doubtWords,
  isHint,
  placeLines,
  placeShort,
  provesWords,
  spanOf,
  takenWords,
  windOf,
} from './facts'

beforeAll(() => (i18n.global.locale.value = 'en'))
const nobody = () => undefined

test('a span is told as people say it', () => {
  expect(spanOf(119)).toEqual({ unit: 'minutes', count: 119 })
  expect(spanOf(1440)).toEqual({ unit: 'hours', count: 24 })
  expect(spanOf(2880)).toEqual({ unit: 'days', count: 2 })
})

test('a contradiction says how much and what to do next', () => {
  expect(doubtWords({ kind: 'taken_before', minutes: 1440 }, nobody)).toMatch(/24 hours.*Check/)
  expect(doubtWords({ kind: 'far_from_site', metres: 2224 }, nobody)).toMatch(/2\.2 km.*Check/)
  const numberOf = (id: string) => (id === 'other' ? 7 : undefined)
  expect(doubtWords({ kind: 'twin', photo: 'other' }, numberOf)).toContain('No. 7')
  expect(doubtWords({ kind: 'twin', photo: 'elsewhere' }, numberOf)).not.toContain('No.')
})

test('only blur and darkness are hints, all else contradicts', () => {
  const doubts = [{ kind: 'blurred' }, { kind: 'cut_short' }, { kind: 'dark' }] as const
  expect(doubts.map(isHint)).toEqual([true, false, true])
  expect(contradictions(photo('p', { doubts: [...doubts] }))).toEqual([{ kind: 'cut_short' }])
})

test('a camera time that is no instant is shown in its own words', () => {
  expect(takenWords('2026-11-25T02:30:00Z')).toBe('2026-11-25 10:30')
  expect(takenWords('0000:00:00 00:00:00')).toBe('0000:00:00 00:00:00')
  expect(takenWords(null)).not.toBe('')
})

test('the laptop clock is right, ahead, behind or unknown', () => {
  const words = [null, 1, 90, -7200].map(clockWords)
  expect(words).toEqual(['Never compared', 'Right', '90 s ahead', '2 hours behind'])
})

test('who says where stands beside it, with how exactly; nobody is corrected', () => {
  const point = { lat_e7: 296_500_000, lon_e7: 911_000_000 }
  const hand = { source: 'hand', point: null, accuracy_m: null, altitude_m: null, at: null }
  const both = photo('p', {
    camera_point: point,
    camera_accuracy_m: 12,
    position: { ...hand, words: 'shaft 2' },
  })
  expect(placeLines(both)).toEqual([
    { source: 'hand', place: 'shaft 2' },
    { source: 'camera', place: '29.65000, 91.10000 ±12 m' },
  ])
  expect(placeShort(both)).toBe('shaft 2')
  expect(placeLines(photo('p'))).toEqual([])
})

test('a compass has eight winds', () => {
  expect([0, 44, 180, 338, 359].map(windOf)).toEqual(['n', 'ne', 's', 'n', 'n'])
})

test('what it proves: its own words, else the hazard, else the question', () => {
  const of = { hazard: 'Leak', question: 'Is it tight?' }
  expect(provesWords(photo('p', { proves: 'Rust' }), of)).toBe('Rust')
  expect(provesWords(photo('p'), of)).toBe('Leak')
  expect(provesWords(photo('p'), { ...of, hazard: null })).toBe('Is it tight?')
  expect(provesWords(photo('p'), undefined)).toBe('')
})
