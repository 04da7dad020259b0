/** What the runner knows about an inspection's items and answers. Pure. */
import type { Answer } from '../../bindings/Answer'
import type { ItemView } from '../../bindings/ItemView'
import type { Reading } from '../../bindings/Reading'

/** The five answers in the order of their keys 1–5. */
export const results = [
  'compliant',
  'non_compliant',
  'not_applicable',
  'undetermined',
  'not_checked',
] as const
export type Result = (typeof results)[number]

export type Answers = ReadonlyMap<string, Answer>

/** Everything a visit asks has its own key: an item, at one of several facilities. */
export const keyOf = (item: ItemView) => `${item.edition.id}/${item.code}/${item.facility}`

/** An answer that was taken back is none. */
export function answersByItem(answers: Answer[]): Answers {
  return new Map(
    answers
      .filter((one) => one.result !== 'withdrawn')
      .map((one) => [`${one.edition}/${one.item}/${one.facility}`, one]),
  )
}

export interface GroupProgress {
  edition: string
  path: string
  /** Index of its first item. */
  first: number
  total: number
  answered: number
  failed: number
}

/** Items come in order, so a group is a run of neighbours. */
export function groupsOf(items: ItemView[], answers: Answers): GroupProgress[] {
  const groups: GroupProgress[] = []
  items.forEach((item, at) => {
    let group = groups.at(-1)
    if (group?.edition !== item.edition.id || group.path !== item.group) {
      group = {
        edition: item.edition.id,
        path: item.group,
        first: at,
        total: 0,
        answered: 0,
        failed: 0,
      }
      groups.push(group)
    }
    const answer = answers.get(keyOf(item))
    group.total += 1
    if (answer) group.answered += 1
    if (answer?.result === 'non_compliant') group.failed += 1
  })
  return groups
}

/** The next open item after `from`, from the top again at the end; `from` itself when all is done. */
export function nextUnanswered(items: ItemView[], answers: Answers, from: number): number {
  for (let step = 1; step < items.length; step += 1) {
    const at = (from + step) % items.length
    const item = items[at]
    if (item && !answers.has(keyOf(item))) return at
  }
  return from
}

/** Where work goes on: the remembered item, else the first open one. */
export function openingAt(items: ItemView[], answers: Answers, place: string | null): number {
  const kept = items.findIndex((item) => keyOf(item) === place)
  if (kept >= 0) return kept
  const open = items.findIndex((item) => !answers.has(keyOf(item)))
  return Math.max(open, 0)
}

export function searchItems(items: ItemView[], typed: string): ItemView[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  return items.filter((item) => {
    const text = [item.code, item.question.zh, item.question.en ?? '', item.hazard, item.group]
      .join(' ')
      .toLowerCase()
    return words.every((word) => text.includes(word))
  })
}

/** Half the questions ask for the good state, half for the hazard: what the answer says then. */
export function spoken(failOn: ItemView['fail_on'], result: Result): 'yes' | 'no' | null {
  if (result === 'non_compliant') return failOn === 'yes' ? 'yes' : 'no'
  if (result === 'compliant') return failOn === 'yes' ? 'no' : 'yes'
  return null
}

/** What is typed about an item, before and after it is answered. */
export interface Typed {
  note: string
  reason: string
  /** One per sub-condition; null: not told. */
  ticks: (boolean | null)[]
  readings: Reading[]
}

export function typedFrom(answer: Answer | undefined): Typed {
  return {
    note: answer?.note ?? '',
    reason: answer?.reason ?? '',
    ticks: [...(answer?.ticks ?? [])],
    readings: answer?.readings.map((one) => ({ ...one })) ?? [],
  }
}

/** One reading line per measure, filled from what was typed. */
export function readingsFor(item: ItemView, typed: Reading[]): Reading[] {
  return item.measures.map((measure) => {
    const known = typed.find((one) => one.quantity === measure.quantity)
    return {
      quantity: measure.quantity,
      unit: measure.unit,
      value: known?.value ?? '',
      limit: known?.limit ?? null,
    }
  })
}

export function filledIn(readings: Reading[]): Reading[] {
  return readings
    .filter((one) => one.value.trim() !== '')
    .map((one) => ({
      ...one,
      value: numeral(one.value),
      limit: one.limit?.trim() ? numeral(one.limit) : null,
    }))
}

/** What a Chinese keyboard makes of a number: full-width digits, 。 for the point. */
export function numeral(typed: string): string {
  const narrow = typed
    .trim()
    .replace(/[０-９．－]/g, (char) => String.fromCharCode(char.charCodeAt(0) - 0xfee0))
  const number = narrow.replace('。', '.').replace('−', '-')
  return /^-?\.\d+$/.test(number) ? number.replace('.', '0.') : number
}

/** Ticks without the silence at their end: nothing told is an empty list. */
export function told(ticks: (boolean | null)[]): (boolean | null)[] {
  const end = ticks.findLastIndex((tick) => tick !== null)
  return ticks.slice(0, end + 1)
}

export function differs(answer: Answer, typed: Typed): boolean {
  const now = JSON.stringify([typed.note, told(typed.ticks), filledIn(typed.readings)])
  return now !== JSON.stringify([answer.note, told(answer.ticks), filledIn(answer.readings)])
}

/** A draft read back from disk may be of an older program: only what fits is taken. */
export function parseTyped(text: string | null): Typed | null {
  if (text === null) return null
  try {
    const value = JSON.parse(text) as Partial<Typed> | null
    return {
      note: typeof value?.note === 'string' ? value.note : '',
      reason: typeof value?.reason === 'string' ? value.reason : '',
      ticks: Array.isArray(value?.ticks) ? value.ticks : [],
      readings: Array.isArray(value?.readings) ? value.readings : [],
    }
  } catch {
    return null
  }
}
