import { expect, test } from 'vitest'
import { coordinates, pointOf } from './place'

const lhasa = { lat_e7: 296_500_000, lon_e7: 911_000_000 }

test.each([
  '29.65, 91.1',
  '29.65,91.1',
  '29.65 91.1',
  '２９．６５，９１．１',
  '29.65、91.1',
  '29.65°N, 91.1°E',
  'N29.65 E91.1',
  'E91.1, N29.65',
  '北纬29.65 东经91.1',
  '29º39′0″N 91˚6′0″E',
  '北纬：29.65；东经：91.1',
  '东经91.1度，北纬29.65度',
  '北纬29°39′，东经91°6′',
  '29°39′0″N 91°6′0″E',
  `29°39'00" n, 91°06'00" e`,
])('%s is read', (typed) => {
  expect(pointOf(typed)).toEqual(lhasa)
})

test('nothing typed is no place', () => {
  expect(pointOf('  ')).toBe(null)
})

test('a place in the south or west has its sign', () => {
  expect(pointOf('29.65S 91.1W')).toEqual({ lat_e7: -296_500_000, lon_e7: -911_000_000 })
  expect(pointOf('-29.65, -91.1')).toEqual({ lat_e7: -296_500_000, lon_e7: -911_000_000 })
})

test.each([
  '29.65',
  '91.1, 29.65',
  '29.65, 191.1',
  'N29.65 N91.1',
  'E91.1 29.65',
  'N-29.65 E91.1',
  '29°61′N 91°6′E',
  '二号井口',
  '29.65, 91.1, 3650',
])('%s is refused and not guessed at', (typed) => {
  expect(() => pointOf(typed)).toThrow('coordinates_unread')
})

test('coordinates are shown to a metre', () => {
  expect(coordinates(lhasa)).toBe('29.65000, 91.10000')
})
