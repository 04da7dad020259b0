import { expect, test } from 'vitest'
import type { Missing } from '../../bindings/Missing'
import { lineOf, pressed, routeOf } from './missing'

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

test('a hazard without a deadline opens its form, one without a photo its page, an item the runner', () => {
  const of = (missing: Missing) => routeOf(lineOf(missing), 'v')
  const about = { finding: 'f', hazard: 'h', at }
  expect(of({ kind: 'no_deadline', ...about })).toEqual({
    path: '/inspections/v/findings',
    query: { finding: 'f', from: 'finish', edit: '1' },
  })
  expect(of({ kind: 'no_photo', ...about, major: true })).toEqual({
    path: '/inspections/v/findings',
    query: { finding: 'f', from: 'finish' },
  })
  expect(of({ kind: 'undetermined', at })).toBe('/inspections/v')
})

test('what two people wrote differently leads to where it is settled, and is grave', () => {
  const line = lineOf({ kind: 'disputed', finding: null, text: 'F-1', at })
  expect(line).toMatchObject({ grave: true, params: { text: 'F-1' } })
  expect(routeOf(line, 'v')).toBe('/conflicts')
})
