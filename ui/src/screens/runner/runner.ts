import { useQuery, useQueryClient } from '@tanstack/vue-query'
import { computed, ref, shallowRef, watch } from 'vue'
import { api } from '../../api'
import type { Answer } from '../../bindings/Answer'
import type { AnswerDraft } from '../../bindings/AnswerDraft'
import type { InspectionView } from '../../bindings/InspectionView'
import type { ItemView } from '../../bindings/ItemView'
import { fault, toFault, type Fault } from '../../faults'
import { kept } from '../../kept'
import { refreshSoon } from '../../query'
import { beside, counts, shown, type Filter } from './filter'
import { answered, emptyHistory, redo, undo, type Step } from './history'
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
  told,
  typedFrom,
  type Result,
  type Typed,
} from './model'

const draftKey = (inspection: string, item: ItemView) =>
  `draft/${inspection}/${item.code}/${item.facility}`

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

  const filter = ref<Filter>('all')
  const places = computed(() => shown(filter.value, items.value, answers.value))
  const tally = computed(() => counts(items.value, answers.value))

  const at = ref(-1)
  const item = computed(() => items.value[at.value] ?? null)
  const answer = computed(() => (item.value ? answers.value.get(keyOf(item.value)) : undefined))
  const typed = ref<Typed>(typedFrom(undefined))
  const last = shallowRef<Answer | null>(null)
  const failure = shallowRef<Fault | null>(null)
  const history = shallowRef(emptyHistory)

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
    kept.put(`place/${id}`, keyOf(now))
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

  const move = (step: 1 | -1) => go(beside(places.value, at.value, step))

  function choose(wanted: Filter): void {
    filter.value = wanted
    const first = places.value[0]
    if (first !== undefined && !places.value.includes(at.value)) go(first)
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

  async function put(draft: AnswerDraft): Promise<boolean> {
    try {
      const saved = await api.answerSave(draft)
      failure.value = null
      show(saved)
      return true
    } catch (error) {
      failure.value = toFault(error)
      return false
    }
  }

  /** What would be saved of the current item. */
  function draftOf(of: ItemView, result: string, text: Typed): AnswerDraft {
    return {
      inspection: id,
      edition: of.edition.id,
      item: of.code,
      facility: of.facility,
      result,
      ticks: told(text.ticks),
      readings: filledIn(text.readings),
      note: text.note,
      reason: text.reason.trim(),
    }
  }

  async function putTyped(of: ItemView, result: string, text: Typed): Promise<boolean> {
    const known = answers.value.get(keyOf(of))
    const after = draftOf(of, result, text)
    if (!(await put(after))) return false
    await kept.drop(draftKey(id, of))
    const before = known ? draftOf(of, known.result, typedFrom(known)) : null
    history.value = answered(history.value, { before, after })
    return true
  }

  // Keys come faster than the disk: each answer waits for the one before, so that pressing 1
  // three times answers three items and never one item three times.
  let turn: Promise<unknown> = Promise.resolve()
  function inTurn<T>(act: () => Promise<T>): Promise<T> {
    const next = turn.then(act)
    turn = next.catch(() => undefined)
    return next
  }

  /**
   * Saves the answer of the current item; true when it is on disk. A reason is only part of it where
   * it was asked for: one left over from another answer would say something wrong.
   */
  async function save(result: Result, reasoned: boolean): Promise<boolean> {
    const of = item.value
    if (!of || readOnly.value) return false
    if (result === 'not_applicable' && typed.value.reason.trim() === '') {
      failure.value = fault('reason_required')
      return false
    }
    const text = plain(typed.value)
    return putTyped(of, result, reasoned ? text : { ...text, reason: '' })
  }

  /** A note, tick or reading changed after the answer belongs to the answer at once. */
  async function saveTyped(): Promise<void> {
    const of = item.value
    const known = answer.value
    if (!of || !known || readOnly.value || !differs(known, typed.value)) return
    const text = { ...plain(typed.value), reason: known.reason || typed.value.reason }
    await inTurn(() => putTyped(of, known.result, text))
  }

  /** Takes back the last answer, or brings back what was taken back, and goes there. */
  async function stepped(step: Step | null): Promise<void> {
    if (!step || readOnly.value) return
    if (!(await put(step.draft))) return
    history.value = step.history
    const { edition, item: code, facility } = step.draft
    const place = items.value.findIndex((one) => keyOf(one) === `${edition}/${code}/${facility}`)
    if (place < 0) return
    const same = place === at.value
    go(place)
    if (same && item.value) {
      const from = typedFrom(answer.value)
      typed.value = { ...from, readings: readingsFor(item.value, from.readings) }
    }
  }

  const next = () => go(nextUnanswered(items.value, answers.value, at.value))

  return {
    query,
    view,
    items,
    answers,
    groups,
    readOnly,
    filter,
    places,
    tally,
    at,
    item,
    answer,
    typed,
    last,
    failure,
    history,
    go,
    move,
    choose,
    next,
    touch,
    save,
    saveTyped,
    draftOf,
    inTurn,
    undo: () => inTurn(() => stepped(undo(history.value))),
    redo: () => inTurn(() => stepped(redo(history.value))),
  }
}

function plain(typed: Typed): Typed {
  return {
    ...typed,
    ticks: [...typed.ticks],
    readings: typed.readings.map((one) => ({ ...one })),
  }
}
