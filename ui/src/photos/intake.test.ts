import { expect, test } from 'vitest'
import { fault } from '../faults'
import { check, photoMibMax, takeIn, type Progress } from './intake'

const jpeg = (name: string, text = 'bytes') => new File([text], name, { type: 'image/jpeg' })

test('a bad file is named with its reason and the others go on', async () => {
  const added: string[] = []
  const reports: Progress[] = []
  const files = [
    jpeg('灶台.jpg'),
    jpeg('空.jpg', ''),
    new File(['x'], '记录.pdf', { type: 'application/pdf' }),
    jpeg('阀门.jpg'),
  ]
  const end = await takeIn(
    files,
    (file) => {
      added.push(file.name)
      return Promise.resolve()
    },
    (progress) => reports.push(progress),
  )
  expect(added).toEqual(['灶台.jpg', '阀门.jpg'])
  expect(end.failures.map((f) => [f.name, f.fault.key])).toEqual([
    ['空.jpg', 'photo_empty'],
    ['记录.pdf', 'photo_not_an_image'],
  ])
  expect(reports.map((p) => p.done)).toEqual([0, 1, 2, 3, 4])
})

test('what the program refuses is reported by its own fault', async () => {
  const end = await takeIn(
    [jpeg('坏.jpg')],
    () => Promise.reject(fault('photo_damaged')),
    () => undefined,
  )
  expect(end.failures[0]?.fault.key).toBe('photo_damaged')
})

test('size is judged before reading, and an unnamed type is let through', () => {
  const size = photoMibMax * 1024 * 1024
  expect(() => check({ size: size + 1, type: 'image/jpeg' })).toThrow('photo_too_large')
  expect(() => check({ size, type: '' })).not.toThrow()
})

test('stopped by hand, what is saved stays and the rest is not read', async () => {
  const added: string[] = []
  const stop = new AbortController()
  const files = ['1.jpg', '2.jpg', '3.jpg'].map((name) => jpeg(name))
  const end = await takeIn(
    files,
    (file) => {
      added.push(file.name)
      if (file.name === '2.jpg') stop.abort()
      return Promise.resolve()
    },
    () => undefined,
    stop.signal,
  )
  expect(added).toEqual(['1.jpg', '2.jpg'])
  expect(end).toMatchObject({ done: 2, total: 3, stopped: true, failures: [] })
})
