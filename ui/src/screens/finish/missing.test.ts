import { expect, test } from 'vitest'
import type { Missing } from '../../bindings/Missing'
import { lineOf, pressed } from './missing'

const at = { edition: 'fire', item: 'F-1', facility: '东区' }

test('each line leads to its item, a free finding to the list', () => {
  expect(lineOf({ kind: 'no_finding', at })).toMatchObject({
    params: { code: 'F-1 东区' },
    grave: true,
    place: 'fire/F-1/东区',
  })
  const free: Missing = {
    kind: 'no_photo',
    finding: 'f',
    hazard: 'x'.repeat(40),
    major: false,
    at: null,
  }
  expect(lineOf(free)).toMatchObject({ place: null, finding: 'f', grave: false })
  expect(String(lineOf(free).params['hazard']).length).toBe(25)
})

test('a digit leads to its line, and only there', () => {
  const lines = [
    lineOf({ kind: 'no_finding', at }),
    lineOf({ kind: 'open', group: 'A/B', count: 3, at }),
  ]
  expect(pressed('Digit2', lines)?.params).toEqual({ group: 'A · B', count: 3 })
  expect(pressed('Numpad1', lines)?.key).toBe('no_finding')
  expect(pressed('Digit3', lines)).toBeNull()
  expect(pressed('KeyA', lines)).toBeNull()
})
