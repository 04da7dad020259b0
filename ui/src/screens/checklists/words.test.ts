import { beforeEach, expect, test } from 'vitest'
import { edition, editionItem, measure } from '../../samples'
import { i18n } from '../../i18n'
import {
  countItems,
  firstItems,
  measureRule,
  reasonOf,
  saidTexts,
  searchEditions,
  searchGroups,
  validity,
} from './words'

beforeEach(() => {
  i18n.global.locale.value = 'en'
})

const groups = [
  { path: 'A', items: [editionItem('A-1'), editionItem('A-2')] },
  { path: 'B/C', items: [editionItem('B-1'), editionItem('B-2'), editionItem('B-3')] },
]

test('a limit is a sentence with its quantity, unit and where it is found', () => {
  expect(measureRule(measure())).toBe('Distance（m）· fails when less than 0.5 m')
  expect(measureRule(measure({ value: null, range: ['19.5', '21'], op: 'outside' }))).toContain(
    'outside 19.5 – 21 m',
  )
  const entered = measure({
    value: null,
    limit: { zh: 'Design value', en: null, bo: null },
    limit_from: 'design',
  })
  expect(measureRule(entered)).toContain('less than Design value')
  expect(measureRule(entered)).toContain('from the design or permit')
  const rank = measure({ value: 'A', scale: ['B2', 'B1', 'A'] })
  expect(measureRule(rank)).toContain('less than A')
  expect(measureRule(rank)).toContain('B2, B1, A')
})

test('a reason has its sentence with its values, and an unknown one is named', () => {
  const fault = { sheet: null, row: 3, column: null, cell: null }
  expect(reasonOf({ ...fault, key: 'version_taken', params: { version: '7' } })).toContain('7')
  expect(reasonOf({ ...fault, key: 'from_the_future', params: {} })).toContain('from_the_future')
})

test('words of the format are read in the language, texts with their translations', () => {
  const word = (field: string, one: string) =>
    saidTexts(field, { kind: 'word', word: one, depth: 0 }).map(({ text }) => text)
  expect(word('level', 'major')).toEqual(['Major'])
  expect(word('citable', 'true')).toEqual(['Yes'])
  expect(word('tier', 'newer')).toEqual(['newer'])
  const text = { zh: 'one', en: 'two', bo: null }
  expect(saidTexts('question', { kind: 'text', text, depth: 0 })).toEqual([
    { lang: 'zh-CN', text: 'one' },
    { lang: 'en', text: 'two' },
  ])
})

test('validity has four forms', () => {
  expect(validity(null, null)).toBe('No time limit')
  expect(validity('2027-01-10', null)).toBe('From 2027-01-10')
  expect(validity(null, '2027-01-10')).toBe('Until 2027-01-10')
  expect(validity('2027-01-10', '2028-01-10')).toBe('2027-01-10 to 2028-01-10')
})

test('every typed word has to be found, and empty groups are left out', () => {
  expect(searchGroups(groups, '  ')).toBe(groups)
  expect(searchGroups(groups, 'b-2').map((group) => group.path)).toEqual(['B/C'])
  expect(countItems(searchGroups(groups, 'question b/c'))).toBe(3)
  expect(searchGroups(groups, 'b-2 nothing')).toEqual([])
})

test('an edition is found by its title, version and sector', () => {
  const rows = [edition('1'), edition('2', { sector: 'fire' })]
  expect(searchEditions(rows, 'FIRE').map((row) => row.edition.version)).toEqual(['2'])
  expect(searchEditions(rows, 'title 1').map((row) => row.edition.version)).toEqual(['1'])
})

test('a long edition is shown in part, from its beginning', () => {
  const shown = firstItems(groups, 3)
  expect(shown.map((group) => group.items.length)).toEqual([2, 1])
  expect(countItems(firstItems(groups, 2))).toBe(2)
  expect(firstItems(groups, 2)).toHaveLength(1)
  expect(countItems(firstItems(groups, 100))).toBe(5)
})
