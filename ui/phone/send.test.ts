import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { PhoneOffer } from '../src/bindings/PhoneOffer'
import { laptop, noPause, type Fate } from './laptop'
import { send } from './send'

const photo = Uint8Array.from({ length: 600_000 }, (_, at) => (at * 7) & 255)
const file = new Blob([photo])
const offer: PhoneOffer = { place: 0, sha256: 'a', bytes: photo.length, name: 'a.jpg' }

const sent = (fate: () => Fate) => {
  const { wire, saved } = laptop(fate)
  const pause = noPause()
  const reports: number[] = []
  const report = (offset: number) => void reports.push(offset)
  return send(file, offer, { wire, pause, report }).then((outcome) => ({
    outcome,
    reports,
    waited: pause.waited,
    saved: saved.get('a'),
  }))
}

test('whatever the link loses, the photo arrives whole and is called saved only then', async () => {
  const fates = fc.array(fc.constantFrom<Fate>('well', 'lost', 'answer lost', 'busy'), {
    maxLength: 40,
  })
  await fc.assert(
    fc.asyncProperty(fates, async (drawn) => {
      const left = [...drawn]
      const { outcome, saved } = await sent(() => left.shift() ?? 'well')
      expect(outcome).toBe('saved')
      expect(Buffer.from(saved ?? []).equals(photo)).toBe(true)
    }),
    { numRuns: 30 },
  )
})

test('on a sound link it is sent in pieces of 256 KiB, without a pause', async () => {
  const { reports, waited } = await sent(() => 'well')
  expect(reports).toEqual([0, 262_144, 524_288])
  expect(waited).toEqual([])
})

test('pauses grow while nothing gets through, and begin anew when something does', async () => {
  const fates: Fate[] = [
    'well',
    'lost',
    'lost',
    'lost',
    'lost',
    'lost',
    'lost',
    'well',
    'well',
    'lost',
  ]
  const { waited } = await sent(() => fates.shift() ?? 'well')
  expect(waited).toEqual([500, 1_000, 2_000, 4_000, 8_000, 8_000, 500])
})

test('what the laptop refuses for good is not sent again', async () => {
  for (const why of ['not_an_image', 'too_large', 'finished', 'disk_full', 'too_many'] as const) {
    const fates: Fate[] = ['well', why]
    const { outcome, waited } = await sent(() => fates.shift() ?? 'well')
    expect(outcome).toBe(why)
    expect(waited).toEqual([])
  }
  expect((await sent(() => 'gone')).outcome).toBe('gone')
})

test('a fault of the laptop is met with a few tries and no more', async () => {
  const { outcome, waited } = await sent(() => 'failed')
  expect(outcome).toBe('failed')
  expect(waited).toHaveLength(3)
})

test('a photo that the phone has lost is not tried for ever', async () => {
  const { wire } = laptop(() => 'lost')
  const broken = { size: 9, slice: () => ({ stream: () => undefined }) } as unknown as Blob
  class Unreadable extends Response {
    override arrayBuffer(): Promise<ArrayBuffer> {
      return Promise.reject(new Error('NotReadableError'))
    }
  }
  const real = globalThis.Response
  globalThis.Response = Unreadable
  const outcome = await send(broken, offer, { wire, pause: noPause(), report: () => undefined })
  globalThis.Response = real
  expect(outcome).toBe('unreadable')
})
