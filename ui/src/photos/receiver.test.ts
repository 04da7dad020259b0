import { expect, test } from 'vitest'
import { clockWords, degrees } from './receiver'

test('coordinates are shown to a decimetre, south and west with a minus', () => {
  expect(degrees({ lat_e7: 296_578_000, lon_e7: 911_172_000 })).toEqual({
    lat: '29.657800',
    lon: '91.117200',
  })
  expect(degrees({ lat_e7: -1, lon_e7: -1_226_225_000 }).lon).toBe('-122.622500')
})

test('a clock is called wrong only when it is', () => {
  expect(clockWords(2).key).toBe('receiver.clock_right')
  expect(clockWords(-2).key).toBe('receiver.clock_right')
  expect(clockWords(190)).toEqual({ key: 'receiver.clock', seconds: 190 })
  expect(clockWords(-61)).toEqual({ key: 'receiver.clock_behind', seconds: 61 })
})
