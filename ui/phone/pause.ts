/** Pauses that end early when there is reason to try again. */
export interface Pause {
  wait: (ms: number) => Promise<void>
  wake: () => void
}

export function pauses(): Pause {
  const waiting = new Set<() => void>()
  return {
    wait: (ms) =>
      new Promise((resolve) => {
        const end = () => {
          clearTimeout(timer)
          waiting.delete(end)
          resolve()
        }
        const timer = setTimeout(end, ms)
        waiting.add(end)
      }),
    wake: () => {
      for (const end of [...waiting]) end()
    },
  }
}
