import { beforeEach, expect, test, vi } from 'vitest'

const disk = new Map<string, string>()
vi.mock('./host', () => ({
  on: vi.fn(),
  photoUrl: vi.fn(),
  send: vi.fn(),
  call: (command: string, { key, value }: { key: string; value: string }) => {
    if (command === 'local_put') disk.set(key, value)
    if (command === 'local_delete') disk.delete(key)
    return Promise.resolve(command === 'local_get' ? (disk.get(key) ?? null) : null)
  },
}))
const { kept } = await import('./kept')

beforeEach(() => {
  disk.clear()
  vi.useFakeTimers()
})

test('text reaches the disk 300 ms after the last key', () => {
  kept.put('draft', 'a')
  vi.advanceTimersByTime(200)
  kept.put('draft', 'ab')
  vi.advanceTimersByTime(299)
  expect(disk.has('draft')).toBe(false)
  vi.advanceTimersByTime(1)
  expect(disk.get('draft')).toBe('ab')
})

test('what still waits is read back, and written when the screen closes', async () => {
  kept.put('draft', 'half')
  expect(await kept.get('draft')).toBe('half')
  await kept.flush()
  expect(disk.get('draft')).toBe('half')
})

test('a dropped text does not come back with a late timer', async () => {
  kept.put('draft', 'half')
  await kept.drop('draft')
  vi.advanceTimersByTime(1000)
  expect(disk.has('draft')).toBe(false)
})
