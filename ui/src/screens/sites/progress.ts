import { onBeforeUnmount, ref } from 'vue'
import { api } from '../../api'
import type { ImportProgress } from '../../bindings/ImportProgress'

/** How far a long look or import is, asked while it goes on. */
export function useProgress() {
  const now = ref<ImportProgress | null>(null)
  let timer: ReturnType<typeof setInterval> | undefined

  const ask = () =>
    void api.importProgress().then(
      (told) => {
        if (timer !== undefined) now.value = told
      },
      () => undefined,
    )

  function end(): void {
    clearInterval(timer)
    timer = undefined
    now.value = null
  }

  async function during<T>(work: () => Promise<T>): Promise<T> {
    end()
    timer = setInterval(ask, 300)
    try {
      return await work()
    } finally {
      end()
    }
  }

  onBeforeUnmount(end)
  return { now, during }
}
