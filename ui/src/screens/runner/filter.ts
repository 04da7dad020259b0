/** Which items are shown: all, or those that still need something. Pure. */
import type { ItemView } from '../../bindings/ItemView'
import { keyOf, type Answers } from './model'

export const filters = ['all', 'open', 'failed', 'major', 'confirm'] as const
export type Filter = (typeof filters)[number]

/** To be confirmed: it may not apply and nobody has said, or the answer leaves something open. */
export function toConfirm(item: ItemView, answers: Answers): boolean {
  const result = answers.get(keyOf(item))?.result
  if (result === undefined) return item.judged.applicability === 'to_confirm'
  if (result === 'undetermined') return true
  const undecided = result === 'non_compliant' && item.judged.failure === 'undecided'
  return undecided || item.judged.contradiction !== null
}

export function passes(filter: Filter, item: ItemView, answers: Answers): boolean {
  const result = answers.get(keyOf(item))?.result
  switch (filter) {
    case 'all':
      return true
    case 'open':
      return result === undefined
    case 'failed':
      return result === 'non_compliant'
    case 'major':
      return item.level === 'major'
    case 'confirm':
      return toConfirm(item, answers)
  }
}

/** The places of the items that are shown, in order. */
export function shown(filter: Filter, items: ItemView[], answers: Answers): number[] {
  return items.flatMap((item, at) => (passes(filter, item, answers) ? [at] : []))
}

/** The next place among those shown; `at` itself at the end. */
export function beside(places: number[], at: number, step: 1 | -1): number {
  const next = step === 1 ? places.find((one) => one > at) : places.findLast((one) => one < at)
  return next ?? at
}

export const counts = (items: ItemView[], answers: Answers): Record<Filter, number> =>
  Object.fromEntries(
    filters.map((filter) => [filter, shown(filter, items, answers).length]),
  ) as Record<Filter, number>
