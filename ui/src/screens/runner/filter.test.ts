import { expect, test } from 'vitest'
import { answer, item, judgement } from '../../samples'
import { beside, counts, shown } from './filter'
import { answersByItem } from './model'

const items = [
  item('1', { judged: judgement({ applicability: 'to_confirm' }) }),
  item('2', { level: 'major', judged: judgement({ failure: 'undecided' }) }),
  item('3', { judged: judgement({ contradiction: 'reading_fails' }) }),
  item('4'),
]

test('what applies nobody knows, what is undecided and what contradicts is to be confirmed', () => {
  const none = answersByItem([])
  expect(shown('confirm', items, none)).toEqual([0])
  const some = answersByItem([
    answer('1'),
    answer('2', { result: 'non_compliant' }),
    answer('3'),
    answer('4', { result: 'undetermined' }),
  ])
  expect(shown('confirm', items, some)).toEqual([1, 2, 3])
  expect(counts(items, some)).toEqual({ all: 4, open: 0, failed: 1, major: 1, confirm: 3 })
})

test('arrows move among what is shown and stay at the end', () => {
  expect(beside([1, 4, 7], 4, 1)).toBe(7)
  expect(beside([1, 4, 7], 7, 1)).toBe(7)
  expect(beside([1, 4, 7], 5, -1)).toBe(4)
  expect(beside([], 5, -1)).toBe(5)
})
