import { expect, test } from 'vitest'
import { chosenOf, parseSaved, savedMax, withoutSaved, withSaved } from './saved'

test('a filter is found again under its name', () => {
  const saved = withSaved([], ' 林周重大 ', { in: '540121', level: 'major' })
  expect(parseSaved(JSON.stringify(saved))).toEqual([
    { name: '林周重大', address: { in: '540121', level: 'major' } },
  ])
  expect(chosenOf(saved, { level: 'major', in: '540121' })?.name).toBe('林周重大')
  expect(chosenOf(saved, { level: 'major' })).toBeUndefined()
})

test('the same name again takes the place of the old filter', () => {
  const first = withSaved([], '逾期', { late: '1' })
  const both = withSaved(withSaved(first, '待复查', { due: 'week' }), '逾期', { open: '1' })
  expect(both.map((one) => one.name)).toEqual(['逾期', '待复查'])
  expect(both[0]?.address).toEqual({ open: '1' })
  expect(withoutSaved(both, '逾期').map((one) => one.name)).toEqual(['待复查'])
})

test('what passes is not kept: an open finding, what a number counted on a day, what was drawn', () => {
  const saved = withSaved([], 'a', { finding: 'f', counted: '[]', only: 'f', late: '1' })
  expect(saved[0]?.address).toEqual({ late: '1' })
})

test('nothing is saved without a name, and no more than fit', () => {
  expect(withSaved([], '  ', { late: '1' })).toEqual([])
  let saved = parseSaved(null)
  for (let n = 0; n < savedMax + 5; n += 1) saved = withSaved(saved, `n${n}`, {})
  expect(saved).toHaveLength(savedMax)
})

test('a damaged list is an empty one', () => {
  expect(parseSaved('{')).toEqual([])
  expect(parseSaved('{"name":"a"}')).toEqual([])
  expect(parseSaved('[null,{"name":1},{"name":"a","address":{"q":"x","n":1}}]')).toEqual([
    { name: 'a', address: { q: 'x' } },
  ])
})
