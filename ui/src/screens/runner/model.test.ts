import { expect, test } from 'vitest'
import { answer, item } from '../../samples'
import {
  answersByItem,
  differs,
  filledIn,
  groupsOf,
  keyOf,
  nextUnanswered,
  numeral,
  openingAt,
  parseTyped,
  readingsFor,
  searchItems,
  spoken,
  typedFrom,
} from './model'

const items = [item('1'), item('2'), item('3', { group: 'B' }), item('4', { group: 'B' })]

test('groups count what is answered and what failed', () => {
  const answers = answersByItem([answer('1'), answer('3', { result: 'non_compliant' })])
  expect(groupsOf(items, answers)).toMatchObject([
    { path: 'A', first: 0, total: 2, answered: 1, failed: 0 },
    { path: 'B', first: 2, total: 2, answered: 1, failed: 1 },
  ])
})

test('each facility is answered on its own, and an answer taken back is none', () => {
  const tanks = [item('1', { facility: 'east' }), item('1', { facility: 'west' })]
  const answers = answersByItem([
    answer('1', { facility: 'west' }),
    answer('1', { facility: 'east', result: 'withdrawn' }),
  ])
  expect(tanks.map((tank) => answers.has(keyOf(tank)))).toEqual([false, true])
})

test('a number typed with a Chinese keyboard is the same number', () => {
  expect(numeral(' １９．５ ')).toBe('19.5')
  expect(numeral('0。75')).toBe('0.75')
  expect(numeral('－3')).toBe('-3')
  expect(numeral('.5')).toBe('0.5')
  expect(numeral('about 5')).toBe('about 5')
})

test('after an answer work goes to the next open item, round the end, and stays when all is done', () => {
  const some = answersByItem([answer('2'), answer('4')])
  expect(nextUnanswered(items, some, 0)).toBe(2)
  expect(nextUnanswered(items, some, 3)).toBe(0)
  const all = answersByItem(items.map((one) => answer(one.code)))
  expect(nextUnanswered(items, all, 2)).toBe(2)
})

test('reopening lands on the remembered item, else on the first open one', () => {
  const answers = answersByItem([answer('1')])
  expect(openingAt(items, answers, 'city_gas/3/')).toBe(2)
  expect(openingAt(items, answers, 'gone')).toBe(1)
  expect(openingAt([], answers, null)).toBe(0)
})

test('searching wants every word somewhere in the item', () => {
  expect(searchItems(items, 'question 3').map((one) => one.code)).toEqual(['3'])
  expect(searchItems(items, '  ')).toEqual([])
})

test('what an answer says follows the polarity of the question', () => {
  expect(spoken('no', 'compliant')).toBe('yes')
  expect(spoken('no', 'non_compliant')).toBe('no')
  expect(spoken('yes', 'compliant')).toBe('no')
  expect(spoken('yes', 'non_compliant')).toBe('yes')
  expect(spoken('yes', 'undetermined')).toBeNull()
})

test('readings: one line per measure, only the filled ones are kept', () => {
  const measured = item('m', {
    measures: [
      {
        quantity: 'Pressure',
        unit: 'MPa',
        role: 'fails_when',
        op: '>',
        value: null,
        limit: 'design',
        limit_from: 'design',
        scale: [],
        note: null,
      },
    ],
  })
  const lines = readingsFor(measured, [])
  expect(filledIn(lines)).toEqual([])
  const line = { ...lines[0], quantity: 'Pressure', unit: 'MPa', value: ' 0.4 ', limit: '' }
  expect(filledIn([line])).toEqual([
    { quantity: 'Pressure', unit: 'MPa', value: '0.4', limit: null },
  ])
})

test('a changed note asks for saving again, an unchanged one does not', () => {
  const saved = answer('1', { note: 'old' })
  expect(differs(saved, typedFrom(saved))).toBe(false)
  expect(differs(saved, { ...typedFrom(saved), note: 'new' })).toBe(true)
})

test('a damaged draft is ignored', () => {
  expect(parseTyped('{')).toBeNull()
  expect(parseTyped('{"note":5}')).toEqual({ note: '', reason: '', ticks: [], readings: [] })
})
