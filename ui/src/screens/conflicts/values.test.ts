import { expect, test, vi } from 'vitest'
import { conflictSide, conflictView } from '../../samples'

vi.mock('../../host', () => ({
  onChanged: vi.fn(),
  call: vi.fn(() => Promise.resolve(null)),
  send: vi.fn(),
  photoUrl: vi.fn(),
}))
const { choicesOf, editorOf, ordered, shown, third } = await import('./values')
const { setLanguage } = await import('../../i18n')
setLanguage('zh-CN')

const names = new Map([
  ['p1', '扎西'],
  ['p2', '卓玛'],
])

test.each([
  ['level', 'major', '重大'],
  ['level', 'level_of_next_year', 'level_of_next_year'],
  ['result', 'not_applicable', '不适用'],
  ['kind', 'unannounced', '四不两直'],
  ['channel', 'tip_off', '群众举报查实'],
  ['deadline', '2026-12-08', '2026-12-08'],
  ['deadline', null, '（空）'],
  ['note', '', '（空）'],
  ['note', '门锁着', '门锁着'],
  ['citable', false, '否'],
  ['at', '2026-11-23T16:30:00Z', '2026-11-24 00:30'],
  ['by', 'p1', '扎西'],
  ['inspectors', ['p1', 'p2'], '扎西、卓玛'],
  ['inspectors', [], '（空）'],
  ['readings', [{ quantity: '间距', value: '1.2', unit: 'm', limit: null }], '间距 1.2 m'],
  ['groups', [{ edition: 'city_gas', group: 'A/B' }], '城镇燃气 A/B'],
  ['edition', { id: 'fire', version: '2', digest: 'd' }, '消防 2'],
  [
    'finished',
    { at: '2026-11-23T02:00:00Z', by: 'p2', digest: 'd' },
    '检查记录 卓玛 2026-11-23 10:00',
  ],
  [
    'finished',
    { at: '2026-11-23T02:00:00Z', by: 'p2', digest: 'd', confirmed: [{}, {}] },
    '执法检查 卓玛 2026-11-23 10:00',
  ],
  ['new', { a: 1 }, '{"a":1}'],
  ['new', 3, '3'],
])('%s %o reads %s', (field, value, words) => {
  expect(shown(field, value, names)).toBe(words)
})

test('a third value is written where it can be', () => {
  const of = (field: string, one: unknown, other: unknown) =>
    editorOf(conflictView('c', { field, winner: conflictSide(one), loser: conflictSide(other) }))
  expect(of('level', 'major', 'general')).toBe('choice')
  expect(of('deadline', null, '2026-12-08')).toBe('date')
  expect(of('hazard', 'one', 'other')).toBe('text')
  expect(of('hazard', 'one', { rich: 'text' })).toBeNull()
  expect(of('readings', [], [])).toBeNull()
  expect(of('by', 'p1', 'p2')).toBeNull()
  expect(choicesOf('result')).toHaveLength(5)
})

test('a third value is checked before it is sent', () => {
  expect(third('deadline', '20261208')).toBe('2026-12-08')
  expect(third('deadline', ' ')).toBeNull()
  expect(() => third('deadline', 'soon')).toThrow('date_invalid')
  expect(() => third('hazard', ' ')).toThrow('hazard_required')
  expect(third('note', ' kept ')).toBe('kept')
})

test('what must be decided comes first, the rest keeps its order', () => {
  const list = [
    conflictView('a', { disputed: false }),
    conflictView('b'),
    conflictView('c', { disputed: false }),
    conflictView('d'),
  ]
  expect(ordered(list).map((one) => one.id)).toEqual(['b', 'd', 'a', 'c'])
})
