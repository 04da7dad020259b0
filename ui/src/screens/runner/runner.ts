import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch } from 'vue'
import { api } from '../../api'
import type { Answer } from '../../bindings/Answer'
import type { InspectionView } from '../../bindings/InspectionView'
import type { ItemView } from '../../bindings/ItemView'
import { fault, toFault, type Fault } from '../../faults'
import { kept } from '../../kept'
import { refreshSoon } from '../../query'
import {
  answersByItem,
  differs,
  filledIn,
  groupsOf,
  keyOf,
  nextUnanswered,
  openingAt,
  parseTyped,
  readingsFor,
  typedFrom,
  type Result,
  type Typed,
} from './model'

const draftKey = (inspection: string, item: ItemView) => `draft/${inspection}/${item.code}`

/** The run through one inspection: where we are, what is typed, and saving it. */
export function useRunner(id: string) {
  const cache = useQueryClient()
  const key = ['inspection', 'one', id]
  const query = useQuery({ queryKey: key, queryFn: () => api.inspectionGet(id) })

  const view = query.data
  const items = computed(() => view.value?.items ?? [])
  const answers = computed(() => answersByItem(view.value?.answers ?? []))
  const groups = computed(() => groupsOf(items.value, answers.value))
  const readOnly = computed(() => (view.value?.finished ?? null) !== null)

  const at = ref(-1)
  const item = computed(() => items.value[at.value] ?? null)
  const answer = computed(() => (item.value ? answers.value.get(keyOf(item.value)) : undefined))
  const typed = ref<Typed>(typedFrom(undefined))
  const last = shallowRef<Answer | null>(null)
  const failure = shallowRef<Fault | null>(null)

  // Once, when the data is there: later refreshes must not move the inspector.
  const stop = watch(
    view,
    async (now) => {
      if (!now || at.value >= 0) return
      const place = (await kept.get(`place/${id}`)) ?? now.place
      at.value = openingAt(now.items, answersByItem(now.answers), place)
      stop.stop()
    },
    { immediate: true },
  )

  watch(item, async (now, before) => {
    if (!now || (before && keyOf(before) === keyOf(now))) return
    kept.put(`place/${id}`, now.code)
    failure.value = null
    const show = (from: Typed) => {
      typed.value = { ...from, readings: readingsFor(now, from.readings) }
    }
    show(typedFrom(answer.value))
    const left = parseTyped(await kept.get(draftKey(id, now)))
    if (left && item.value && keyOf(item.value) === keyOf(now)) show(left)
  })

  function go(to: number): void {
    if (items.value.length > 0) at.value = Math.min(Math.max(to, 0), items.value.length - 1)
  }

  function touch(): void {
    if (item.value) kept.put(draftKey(id, item.value), JSON.stringify(typed.value))
  }

  function show(saved: Answer): void {
    last.value = saved
    cache.setQueryData<InspectionView>(key, (old) =>
      old ? { ...old, answers: [...old.answers.filter((a) => a.id !== saved.id), saved] } : old,
    )
    refreshSoon(['inspection', 'sync'])
  }

  async function put(of: ItemView, result: string, text: Typed): Promise<boolean> {
    try {
      const saved = await api.answerSave({
        inspection: id,
        edition: of.edition.id,
        item: of.code,
        facility: '',
        result,
        ticks: [],
        readings: filledIn(text.readings),
        note: text.note,
        reason: result === 'not_applicable' ? text.reason.trim() : '',
      })
      failure.value = null
      await kept.drop(draftKey(id, of))
      show(saved)
      return true
    } catch (error) {
      failure.value = toFault(error)
      return false
    }
  }

  // Keys come faster than the disk: each answer waits for the one before, so that pressing 1
  // three times answers three items and never one item three times.
  let turn: Promise<unknown> = Promise.resolve()
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const next = turn.then(act)
    turn = next.catch(() => undefined)
    return next
  }

  /** Saves the answer of the current item; true when it is on disk. */
  async function save(result: Result): Promise<boolean> {
    const of = item.value
    if (!of || readOnly.value) return false
    if (result === 'not_applicable' && typed.value.reason.trim() === '') {
      failure.value = fault('reason_required')
      return false
    }
    return put(of, result, plain(typed.value))
  }

  /** A note or reading changed after the answer belongs to the answer at once. */
  async function saveTyped(): Promise<void> {
    const of = item.value
    const known = answer.value
    if (!of || !known || readOnly.value || !differs(known, typed.value)) return
    const text = { ...plain(typed.value), reason: known.reason }
    await inTurn(() => put(of, known.result, text))
  }

  const next = () => go(nextUnanswered(items.value, answers.value, at.value))

  return {
    query,
    view,
    items,
    answers,
    groups,
    readOnly,
    at,
    item,
    answer,
    typed,
    last,
    failure,
    go,
    next,
    touch,
    save,
    saveTyped,
    inTurn,
  }
}

function plain(typed: Typed): Typed {
  return { ...typed, readings: typed.readings.map((one) => ({ ...one })) }
}
