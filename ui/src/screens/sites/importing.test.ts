import { expect, test } from 'vitest'
import { statesToWrite, unused, withMeaning, writes } from './importing'

test('a meaning goes to one column only', () => {
  expect(withMeaning(['name', null, 'address'], 1, 'name')).toEqual([null, 'name', 'address'])
  expect(withMeaning(['name', 'phone'], 1, null)).toEqual(['name', null])
})

test('columns that are not used are named', () => {
  expect(unused(['序号', '名称', ' '], [null, 'name', null])).toEqual(['序号'])
})

test('what is changed is written only if somebody wants it', () => {
  const sum = { new: 3, changed: 2, known: 9, refused: 1 }
  expect([writes(sum, true), writes(sum, false)]).toEqual([5, 3])
  expect(statesToWrite(false)).toEqual(['new'])
})
