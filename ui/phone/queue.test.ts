import { expect, test, vi } from 'vitest'
import type { PhoneState } from '../src/bindings/PhoneState'
import { laptop, noPause } from './laptop'
import { queue, refusal } from './queue'

const state: PhoneState = {
  site: '示范站',
  title: null,
  place: 3,
  seconds_left: 60,
  photo_bytes_max: 1_000,
  piece_bytes_max: 256,
}
const file = (name: string, length = 100, type = 'image/jpeg') =>
  new File([new Uint8Array(length).fill(name.length)], name, { type })

test('all photos are sent, two at once, each to the place that was open then', async () => {
  const { wire, saved, most } = laptop()
  const gone = vi.fn()
  const photos = queue(wire, noPause(), () => undefined, gone)
  const names = ['a', 'bb', 'ccc', 'dddd', 'eeeee']
  photos.add(
    names.map((name) => file(name)),
    state,
    '一项',
  )
  expect(photos.unsaved()).toBe(5)
  await vi.waitFor(() => expect(photos.unsaved()).toBe(0))
  expect(photos.photos.map(({ standing }) => standing)).toEqual(names.map(() => 'saved'))
  expect(photos.photos.every(({ place }) => place === 3)).toBe(true)
  expect(saved.size).toBe(5)
  expect(most()).toBeLessThanOrEqual(2)
  expect(gone).not.toHaveBeenCalled()
})

test('what is certain to be refused is not sent, and a failed one can be sent again', async () => {
  let fate: 'disk_full' | 'well' = 'disk_full'
  const photos = queue(laptop(() => fate).wire, noPause(), () => undefined, vi.fn())
  photos.add([file('v', 100, 'video/mp4'), file('big', 1_001), file('a')], state, '')
  await vi.waitFor(() => expect(photos.unsaved()).toBe(0))
  expect(photos.photos.map(({ why }) => why)).toEqual(['not_an_image', 'too_large', 'disk_full'])
  fate = 'well'
  const last = photos.photos[2]
  if (last) photos.again(last)
  await vi.waitFor(() => expect(last?.standing).toBe('saved'))
  expect(last?.why).toBeNull()
})

test('a phone that names no type is believed, the laptop looks at the content', () => {
  expect(refusal({ size: 5, type: '' }, 10)).toBeNull()
  expect(refusal({ size: 0, type: '' }, 10)).toBe('empty')
})

test('when the code is gone the page hears of it', async () => {
  const gone = vi.fn()
  const photos = queue(laptop(() => 'gone').wire, noPause(), () => undefined, gone)
  photos.add([file('a')], state, '')
  await vi.waitFor(() => expect(gone).toHaveBeenCalled())
  expect(photos.photos[0]?.why).toBe('gone')
})
