import { onBeforeUnmount, ref, type Ref } from 'vue'

/** The present, for words like “2 days ago”: a laptop without a network gets no events to redraw. */
export function useNow(): Ref<number> {
  const now = ref(Date.now())
  const timer = setInterval(() => (now.value = Date.now()), 30_000)
  onBeforeUnmount(() => clearInterval(timer))
  return now
}
