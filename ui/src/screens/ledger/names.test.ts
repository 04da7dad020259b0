import { expect, test } from 'vitest'
import { regionName } from './names'

const names = new Map([
  ['5401', '拉萨市'],
  ['540121', '林周县'],
])

test('a place is called by the smallest part of it that has a name', () => {
  expect(regionName('540121100200', names)).toBe('林周县')
  expect(regionName('540102000000', names)).toBe('拉萨市')
  expect(regionName('540602', names)).toBe('540602')
  expect(regionName('', names)).toBe('')
})
