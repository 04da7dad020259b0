/** Half-typed text: on disk 300 ms after the last key, so that an empty battery loses a word. */
import { api } from './api'

const waiting = new Map<string, { value: string | null; timer: ReturnType<typeof setTimeout> }>()

async function write(key: string, value: string | null): Promise<void> {
  // Losing a draft must never stop the inspection; the text is still on the screen.
  const done = value === null ? api.localDelete(key) : api.localPut(key, value)
  await done.then(
    () => undefined,
    () => undefined,
  )
}

export const kept = {
  get: (key: string) => {
    const entry = waiting.get(key)
    return entry ? Promise.resolve(entry.value) : api.localGet(key).catch(() => null)
  },
  put(key: string, value: string): void {
    clearTimeout(waiting.get(key)?.timer)
    const timer = setTimeout(() => {
      waiting.delete(key)
      void write(key, value)
    }, 300)
    waiting.set(key, { value, timer })
  },
  async drop(key: string): Promise<void> {
    clearTimeout(waiting.get(key)?.timer)
    waiting.delete(key)
    await write(key, null)
  },
  /** Before a screen closes: what still waits is written now. */
  async flush(): Promise<void> {
    const entries = [...waiting]
    waiting.clear()
    await Promise.all(
      entries.map(([key, entry]) => {
        clearTimeout(entry.timer)
        return write(key, entry.value)
      }),
    )
  },
}
