/** A laptop that nobody touches locks itself; what is on the screen stays behind the lock. */
import { onBeforeUnmount, onMounted, ref, watch } from 'vue'

const touches = ['keydown', 'pointerdown', 'pointermove', 'wheel'] as const

/** So many things are going on that need no hand, such as photos that come from a phone. */
export const awake = ref(0)

/** Calls `lock` when `minutes()` have passed without a touch; 0 minutes: never. */
export function useIdle(minutes: () => number, lock: () => void): void {
  let timer: ReturnType<typeof setTimeout> | undefined
  // What a sleeping laptop or a clock that was set cannot fool: both count as time gone by.
  let touched = Date.now()

  function wait(ms: number): void {
    clearTimeout(timer)
    if (ms > 0) timer = setTimeout(() => look(minutes() * 60_000), ms)
  }

  function look(ms: number): void {
    if (awake.value > 0) touched = Date.now()
    const gone = Date.now() - touched
    if (gone >= 0 && gone < ms) {
      wait(ms - gone)
      return
    }
    touched = Date.now()
    wait(ms)
    if (ms > 0) lock()
  }

  function touch(): void {
    touched = Date.now()
  }

  watch(minutes, (now) => {
    touch()
    wait(now * 60_000)
  })
  onMounted(() => {
    for (const kind of touches) {
      window.addEventListener(kind, touch, { capture: true, passive: true })
    }
    wait(minutes() * 60_000)
  })
  onBeforeUnmount(() => {
    clearTimeout(timer)
    for (const kind of touches) window.removeEventListener(kind, touch, { capture: true })
  })
}
