import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch } from 'vue'
import { api, type PhotoPlace } from '../../api'
import type { QuickMark } from '../../bindings/QuickMark'
import type { QuickRound } from '../../bindings/QuickRound'
import type { QuickView } from '../../bindings/QuickView'
import { toFault, type Fault } from '../../faults'
import { kept } from '../../kept'
import { refreshSoon } from '../../query'
import { mayEnd, nextToDo } from './marks'

/** Where a photo of the hazard marked last goes: until the check is written its item is the hazard. */
const placeIn = (now: QuickView): PhotoPlace => ({
  inspection: now.draft.check,
  finding: null,
  item: now.draft.marks.at(-1)?.hazard ?? null,
  facility: '',
})

const lastKey = 'quick/last'

/** The round: where we are, what is marked, and keeping it. */
export function useRound() {
  const cache = useQueryClient()
  const key = ['site', 'round']
  const query = useQuery({ queryKey: key, queryFn: api.quickRound })
  const round = query.data

  const site = ref<string | null>(null)
  const open = shallowRef<QuickView | null>(null)
  let openedMs = 0
  const failure = shallowRef<Fault | null>(null)
  /** The name of the premises that were finished last, to be told. */
  const finished = ref<string | null>(null)

  const premises = computed(() => round.value?.premises ?? [])
  const row = computed(() => premises.value.find((one) => one.site === site.value) ?? null)
  const preset = computed(() => {
    const id = open.value?.draft.preset ?? row.value?.preset
    return round.value?.presets.find((one) => one.id === id) ?? null
  })
  const marks = computed(() => open.value?.draft.marks ?? [])
  const place = computed(() => (open.value ? placeIn(open.value) : null))
  /** Finished today and not opened again. */
  const closed = computed(() => row.value?.done !== null && row.value?.done !== undefined)

  // Keys come faster than the disk: what is pressed first is kept first.
  let turn: Promise<unknown> = Promise.resolve()
  function inTurn(act: () => Promise<void>): Promise<void> {
    const next = turn.then(act).catch((error: unknown) => {
      failure.value = toFault(error)
    })
    turn = next
    return next
  }

  const show = (now: QuickRound) => cache.setQueryData(key, now)

  function go(to: string | null): Promise<void> {
    return inTurn(async () => {
      failure.value = null
      site.value = to
      open.value = null
      if (to === null) return
      if (premises.value.some((one) => one.site === to && one.done !== null)) return
      open.value = await api.quickOpen(to)
      openedMs = performance.now()
    })
  }

  // Once, when the list is there: later refreshes must not move the person.
  let begun = false
  watch(
    round,
    (now) => {
      if (begun || !now || now.premises.length === 0) return
      begun = true
      const left = now.premises.find((one) => one.site === now.place && one.done === null)
      void go(left?.site ?? nextToDo(now.premises, null) ?? now.premises[0]?.site ?? null)
    },
    { immediate: true },
  )

  /** Changes the marks; on the disk before the next key is looked at. */
  function mark(change: (marks: QuickMark[]) => QuickMark[]): Promise<void> {
    return inTurn(async () => {
      const now = open.value
      if (!now) return
      failure.value = null
      finished.value = null
      open.value = await api.quickKeep({ ...now.draft, marks: change([...now.draft.marks]) })
    })
  }

  function use(id: string): Promise<void> {
    return inTurn(async () => {
      const now = open.value
      if (!now) return
      open.value = await api.quickKeep({ ...now.draft, preset: id, marks: [] })
    })
  }

  function photo(bytes: Uint8Array, name: string): Promise<void> {
    return inTurn(async () => {
      const now = open.value
      if (!now) return
      await api.photoAdd(bytes, placeIn(now), name)
      open.value = await api.quickOpen(now.draft.site)
    })
  }

  /** Photos came in by another way. */
  function look(): Promise<void> {
    return inTurn(async () => {
      const now = open.value
      if (now) open.value = await api.quickOpen(now.draft.site)
    })
  }

  /** Ends the check and goes on with the next premises that are not done. */
  function done(): Promise<void> {
    const meant = open.value?.draft.check
    const pressedMs = performance.now()
    return inTurn(async () => {
      const now = open.value
      if (!now || !mayEnd(meant, now.draft.check, openedMs, pressedMs)) return
      failure.value = null
      const name = row.value?.name ?? ''
      const after = await api.quickFinish(now.draft.site)
      show(after)
      refreshSoon(['inspection', 'finding', 'sync'])
      kept.put(lastKey, JSON.stringify(now.draft.marks))
      finished.value = name
      const next = nextToDo(after.premises, now.draft.site)
      site.value = next ?? now.draft.site
      open.value = next === null ? null : await api.quickOpen(next)
      openedMs = performance.now()
    })
  }

  async function lastMarks(): Promise<QuickMark[]> {
    const text = await kept.get(lastKey)
    try {
      return text === null ? [] : (JSON.parse(text) as QuickMark[])
    } catch {
      return []
    }
  }

  /** The name goes into the checks from now on, also into the one that is open. */
  function reports(name: string): Promise<void> {
    return inTurn(async () => {
      show(await api.quickReporter(name))
      const now = open.value
      if (now) open.value = await api.quickKeep({ ...now.draft, reporter: name.trim() })
    })
  }

  return {
    query,
    round,
    premises,
    site,
    row,
    open,
    preset,
    marks,
    closed,
    failure,
    finished,
    go,
    mark,
    use,
    place,
    photo,
    look,
    done,
    lastMarks,
    reports,
    show,
  }
}
