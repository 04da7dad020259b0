import { expect, test } from 'vitest'
import type { PremisesRow } from '../../bindings/PremisesRow'
import type { PresetView } from '../../bindings/PresetView'
import {
  copied,
  fixedLast,
  laterLast,
  lookMs,
  mayEnd,
  nextToDo,
  notedLast,
  searchPremises,
  toggled,
} from './marks'

const text = (zh: string) => ({ zh, en: null, bo: null })
const hazard = (id: string, major = false) => ({
  id,
  key: id,
  label: text(id),
  common: false,
  ask: false,
  major,
})
const preset: PresetView = {
  id: 'shop',
  name: text('Shop'),
  days: [3, 7, 15],
  hazards: [hazard('exit'), hazard('tank', true)],
}
const row = (site: string, done: string | null = null): PremisesRow => ({
  site,
  name: `Shop ${site}`,
  address: 'North street',
  preset: 'shop',
  contact: '',
  done,
  hazards: 0,
  open: 0,
  begun: false,
})

test('a key marks a hazard and takes the mark back; the last one is changed', () => {
  let marks = toggled([], 'exit', 3)
  expect(marks).toMatchObject([{ hazard: 'exit', days: 3, fixed: false }])
  marks = laterLast(laterLast(marks, preset.days), preset.days)
  expect(marks[0]?.days).toBe(15)
  expect(laterLast(marks, preset.days)[0]?.days).toBe(3)
  marks = fixedLast(marks, preset.hazards)
  expect(marks[0]?.fixed).toBe(true)
  expect(notedLast(marks, 'west door')[0]?.note).toBe('west door')
  expect(toggled(marks, 'exit', 3)).toEqual([])
})

test('a major hazard is not put right by one person', () => {
  const marks = toggled([], 'tank', 3)
  expect(fixedLast(marks, preset.hazards)[0]?.fixed).toBe(false)
})

test('marks are copied as far as the kind has them', () => {
  const before = toggled(toggled([], 'exit', 7), 'butter_lamp', 3)
  expect(copied(before, preset)).toMatchObject([{ hazard: 'exit', days: 7, at: null }])
})

test('Enter ends only the check that was on the screen long enough to be looked at', () => {
  expect(mayEnd('a', 'a', 1_000, 1_000 + lookMs)).toBe(true)
  expect(mayEnd('a', 'a', 1_000, 1_000 + lookMs - 1)).toBe(false)
  // Pressed for one check, and the next has opened in the meantime.
  expect(mayEnd('a', 'b', 0, 10_000)).toBe(false)
  expect(mayEnd(undefined, 'a', 0, 10_000)).toBe(false)
})

test('work goes on with the next premises that are not done, round the end', () => {
  const rows = [row('a'), row('b', 'today'), row('c')]
  expect(nextToDo(rows, 'a')).toBe('c')
  expect(nextToDo(rows, 'c')).toBe('a')
  expect(nextToDo([row('a', 'x'), row('b')], 'b')).toBeNull()
  expect(nextToDo(rows, null)).toBe('a')
})

test('premises are found by every word of name and address', () => {
  expect(searchPremises([row('a'), row('b')], 'north b')).toHaveLength(1)
  expect(searchPremises([row('a')], ' ')).toHaveLength(1)
})
