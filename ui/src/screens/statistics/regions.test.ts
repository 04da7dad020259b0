import { expect, test } from 'vitest'
import type { RegionTable } from '../../bindings/RegionTable'
import { filterOf, outside } from './cells'
import { hasParts, ofItself, regionOf, shortNames, wayTo } from './regions'

test('one goes down to prefectures, counties and townships, and no further', () => {
  expect(['5401', '540121', '540121100'].map(regionOf)).toEqual(['5401', '540121', '540121100'])
  expect(['', '54', '51', '5101', '54012', '540121100001', '5401x'].map(regionOf)).toEqual(
    Array(7).fill(''),
  )
})

test('the way back up names every division that holds this one', () => {
  expect(wayTo('')).toEqual([])
  expect(wayTo('540121100')).toEqual(['5401', '540121', '540121100'])
})

test('what belongs to a division itself and to none of its parts has no parts', () => {
  expect(['540100', '540121000', '540121100000'].map(ofItself)).toEqual([true, true, true])
  expect(['5401', '540121', '540121100', '540121100001'].some(ofItself)).toBe(false)
  expect(hasParts('540121')).toBe(true)
  expect(['540100', '540121000', '540121100001', ''].some(hasParts)).toBe(false)
})

test('below its county a township needs no more than its own name', () => {
  const name = shortNames([
    { code: '540100000000', name: 'Lhasa' },
    { code: '540121000000', name: 'LhasaLhünzhub' },
    { code: '540121100000', name: 'LhasaLhünzhubGandain' },
  ])
  expect(['5401', '540121', '540121100'].map(name)).toEqual(['Lhasa', 'Lhünzhub', 'Gandain'])
  expect(['540100', '540121000', '540121100000'].map(name)).toEqual([
    'Lhasa',
    'Lhünzhub',
    'Gandain',
  ])
  expect(name('540121100001')).toBe('540121100001')
})

const counts = { all: 3, open: 2, overdue: 1 }
const row = { region: '5401', filter: [{ kind: 'region' as const, prefix: '5401' }] }
const column = { sector: 'fire', filter: [{ kind: 'sector' as const, sector: 'fire' }] }
const table: RegionTable = {
  under: '54',
  base: [{ kind: 'level', level: 'major' }],
  open: [{ kind: 'open' }],
  overdue: [{ kind: 'overdue', on: '2026-11-27', days_min: 1, days_max: null }],
  columns: [{ ...column, total: counts }],
  rows: [{ ...row, cells: [counts], total: counts }],
  total: counts,
}

test('a cell opens what its row, its column and its measure have in common', () => {
  const [line] = table.rows
  const [sector] = table.columns
  const kinds = (measure: 'all' | 'open' | 'overdue', of: Parameters<typeof filterOf>[2]) =>
    filterOf(table, measure, of).map((one) => one.kind)
  expect(kinds('open', { row: line, column: sector })).toEqual([
    'level',
    'region',
    'sector',
    'open',
  ])
  expect(kinds('overdue', { row: line })).toEqual(['level', 'region', 'overdue'])
  expect(kinds('all', { column: sector })).toEqual(['level', 'sector'])
  expect(kinds('all', {})).toEqual(['level'])
})

test('hazards that no division is known of are told beside the table', () => {
  expect(outside(5, table)).toBe(2)
  expect(outside(3, table)).toBe(0)
})
