/** Drawing over one photo at a time. Every finished shape is saved at once: nothing waits for the end. */
import { computed, ref, shallowRef } from 'vue'
import type { Mark } from '../../bindings/Mark'
import type { PhotoView } from '../../bindings/PhotoView'
import { fault } from '../../faults'
import { drawn, isSomething, marksMax, placed, shifted, stretched, type Tool } from './marks'
import type { Spot } from './sight'

/** A mark in the hand: new (`at` is null), or one of those that are there. */
export interface Held {
  mark: Mark
  at: number | null
}

export function useDrawing(save: (photo: string, marks: Mark[]) => Promise<PhotoView>) {
  const on = ref(false)
  const tool = ref<Tool | null>(null)
  const marks = shallowRef<Mark[]>([])
  const held = shallowRef<Held | null>(null)
  /** The words of the mark in the hand, while they are typed. */
  const words = ref<string | null>(null)
  const saving = ref(false)
  const failure = shallowRef<unknown>(null)
  /** Something drawn is not saved, and nothing is on its way. */
  const unsaved = ref(false)
  let photo = ''
  let past: Mark[][] = []
  let waiting: Mark[] | null = null
  let running: Promise<void> | null = null

  async function run(): Promise<void> {
    saving.value = true
    unsaved.value = false
    while (waiting !== null) {
      const mine = waiting
      waiting = null
      try {
        await save(photo, mine)
        failure.value = null
      } catch (error) {
        failure.value = error
        // What was drawn since then is newer; else this has still to be saved.
        waiting ??= mine
        unsaved.value = true
        break
      }
    }
    saving.value = false
  }

  /** Saves what waits; while one is on its way, only the newest follows it. */
  function flush(): Promise<void> {
    running ??= run().finally(() => (running = null))
    return running
  }

  function put(next: Mark[]): void {
    past = [...past, marks.value]
    marks.value = next
    waiting = next
    void flush()
  }

  function letGo(): void {
    held.value = null
    words.value = null
  }

  const changed = ({ mark, at }: Held): boolean =>
    at === null || JSON.stringify(marks.value[at]) !== JSON.stringify(mark)

  /** Sets down what is in the hand; a slip is dropped, words without a letter take the mark away. */
  function set(): void {
    const now = held.value
    if (!now) return
    const mark = words.value === null ? now.mark : { ...now.mark, text: words.value.trim() }
    letGo()
    const { at } = now
    if (!changed({ mark, at })) return
    if (at === null) {
      if (isSomething(mark)) put([...marks.value, mark])
    } else if (isSomething(mark)) put(marks.value.map((one, n) => (n === at ? mark : one)))
    else put(marks.value.filter((_, n) => n !== at))
  }

  const isFull = (): boolean => {
    if (marks.value.length < marksMax) return false
    failure.value = fault('marks_many', { max: String(marksMax) })
    return true
  }

  function open(of: PhotoView): void {
    photo = of.id
    marks.value = of.marks
    past = []
    failure.value = null
    unsaved.value = false
    letGo()
    tool.value = 'arrow'
    on.value = true
  }

  /** Ends drawing as soon as all is saved; false when something is not. */
  async function close(): Promise<boolean> {
    set()
    if (waiting !== null) await flush()
    else if (running) await running
    if (waiting !== null) return false
    on.value = false
    return true
  }

  /** What could not be saved is given up: the marks are again those that are saved. */
  function giveUp(of: PhotoView): void {
    waiting = null
    open(of)
  }

  function choose(at: number | null): void {
    set()
    const mark = at === null ? undefined : marks.value[at]
    if (mark && at !== null) held.value = { mark, at }
  }

  function take(next: Tool): void {
    set()
    tool.value = next
  }

  /** A drag from one spot (0 to 1) to another. */
  function stroke(from: Spot, to: Spot): void {
    set()
    const shape = tool.value
    if (shape === null || isFull()) return
    const mark = drawn(shape, from, to)
    if (shape === 'text') {
      held.value = { mark, at: null }
      words.value = ''
    } else if (isSomething(mark)) put([...marks.value, mark])
  }

  /** A shape in the middle of what is in sight, for the arrow keys. */
  function place(middle: Spot, reach: number): void {
    const shape = tool.value
    if (shape === null || isFull()) return
    held.value = { mark: placed(shape, middle, reach), at: null }
  }

  function shift(by: Spot): void {
    const now = held.value
    if (now) held.value = { ...now, mark: shifted(now.mark, by) }
  }

  function stretch(by: Spot): void {
    const now = held.value
    if (now) held.value = { ...now, mark: stretched(now.mark, by) }
  }

  function write(): void {
    if (held.value) words.value = held.value.mark.text
  }

  /** Enter: words are asked for where they are missing or alone can be meant, else it is set down. */
  function enter(): void {
    const now = held.value
    if (!now) return
    const asks = now.at === null ? now.mark.shape === 'text' : !changed(now)
    if (asks) write()
    else set()
  }

  function remove(): void {
    const now = held.value
    letGo()
    if (now && now.at !== null) put(marks.value.filter((_, n) => n !== now.at))
  }

  function undo(): void {
    if (held.value) {
      letGo()
      return
    }
    const before = past.at(-1)
    if (!before) return
    past = past.slice(0, -1)
    marks.value = before
    waiting = before
    void flush()
  }

  /** The next of those that are there, after the one in the hand. */
  function chooseNext(): void {
    const count = marks.value.length
    if (count === 0) return
    const at = held.value?.at ?? -1
    choose((at + 1) % count)
  }

  /** What the layer shows: the one in the hand as it will be. */
  const shown = computed<Mark[]>(() => {
    const now = held.value
    if (!now) return marks.value
    const mark = words.value === null ? now.mark : { ...now.mark, text: words.value }
    return now.at === null
      ? [...marks.value, mark]
      : marks.value.map((one, n) => (n === now.at ? mark : one))
  })
  /** Which of them is in the hand. */
  const heldAt = computed(() =>
    held.value === null ? null : (held.value.at ?? marks.value.length),
  )

  return {
    on,
    tool,
    marks,
    held,
    words,
    saving,
    failure,
    unsaved,
    shown,
    heldAt,
    open,
    close,
    giveUp,
    flush,
    take,
    choose,
    chooseNext,
    stroke,
    place,
    shift,
    stretch,
    set,
    enter,
    letGo,
    remove,
    undo,
  }
}

export type Drawing = ReturnType<typeof useDrawing>
