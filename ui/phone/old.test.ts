import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'

// Chrome 80 and Safari 13, the oldest that the page is built for, have none of these. In a file of
// its own: what another test has imported already would not be loaded again.
const younger: [object, string][] = [
  [Object, 'hasOwn'],
  [Blob.prototype, 'arrayBuffer'],
  [String.prototype, 'replaceAll'],
  [Uint8Array, 'fromHex'],
  [Uint8Array.prototype, 'toHex'],
]

test('a phone of 2020 computes the same digest', async () => {
  for (const [of, name] of younger) Reflect.deleteProperty(of, name)
  const { digestOf } = await import('./digest')
  const wanted = createHash('sha256').update('abc').digest('hex')
  expect(await digestOf(new Blob(['abc']))).toBe(wanted)
})
