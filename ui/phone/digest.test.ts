import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { digestOf } from './digest'

test('the digest of a file is its SHA-256, however long it is', async () => {
  for (const length of [0, 1, 512 * 1024, 1_300_007]) {
    const bytes = Uint8Array.from({ length }, (_, at) => (at * 31) & 255)
    const wanted = createHash('sha256').update(bytes).digest('hex')
    expect(await digestOf(new Blob([bytes]))).toBe(wanted)
  }
})
