import { expect, test } from 'vitest'
import type { FileVerdict } from '../../bindings/FileVerdict'
import type { PhotoVerdict } from '../../bindings/PhotoVerdict'
import { fault, toFault } from '../../faults'
import { photo } from '../../samples'
import { tally, useVerify } from './verify'

const photos = [1, 2, 3, 4, 5].map((number) => photo(`p${number}`, { number }))
const verdict = (id: string, original: FileVerdict, copies: FileVerdict = 'whole') =>
  ({ photo: id, original, copies }) satisfies PhotoVerdict

test('the summary names exactly those that are altered and missing', () => {
  const found = [
    verdict('p1', 'whole'),
    verdict('p2', 'altered', 'altered'),
    verdict('p3', 'missing'),
    verdict('p4', 'elsewhere', 'missing'),
  ]
  expect(tally(photos, new Map(found.map((one) => [one.photo, one])))).toEqual({
    checked: 4,
    whole: 1,
    elsewhere: 1,
    altered: [2],
    missing: [3],
    copies: [4],
  })
})

test('every photo is read, one after the other', async () => {
  const read: string[] = []
  let running = 0
  const run = useVerify(async (id) => {
    running += 1
    expect(running).toBe(1)
    read.push(id)
    await Promise.resolve()
    running -= 1
    return verdict(id, 'whole')
  })
  await run.start(photos)
  expect(read).toEqual(['p1', 'p2', 'p3', 'p4', 'p5'])
  expect([run.now.value, tally(photos, run.verdicts).whole]).toEqual([null, 5])
})

test('stopped, what was found stays and nothing more is read', async () => {
  const read: string[] = []
  const run = useVerify((id) => {
    read.push(id)
    if (id === 'p3') run.stop()
    return Promise.resolve(verdict(id, 'whole'))
  })
  await run.start(photos)
  expect(read).toEqual(['p1', 'p2', 'p3'])
  expect([...run.verdicts.keys()]).toEqual(['p1', 'p2'])
  expect(run.now.value).toBe(null)
})

test('what went wrong is told, and a second run begins anew', async () => {
  let broken = true
  const run = useVerify((id) =>
    broken && id === 'p2'
      ? Promise.reject(fault('signed_out'))
      : Promise.resolve(verdict(id, 'altered')),
  )
  await run.start(photos)
  expect(toFault(run.failure.value).view.key).toBe('signed_out')
  expect([...run.verdicts.keys()]).toEqual(['p1'])
  broken = false
  await run.start(photos)
  expect(run.failure.value).toBe(null)
  expect(tally(photos, run.verdicts).altered).toEqual([1, 2, 3, 4, 5])
})
