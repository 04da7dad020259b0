/** How figures are written. Pure. */
import type { HazardFilter } from '../../bindings/HazardFilter'
import type { HazardMean } from '../../bindings/HazardMean'
import type { HazardNumber } from '../../bindings/HazardNumber'
import type { HazardRate } from '../../bindings/HazardRate'

/** What a figure is when there is nothing to count. */
export const none = '—'

/** The share of two counts; none of nothing is —, never 0 %. */
export function share(part: number, whole: number): string {
  if (whole === 0) return none
  // Only all is 100 %, and only none is 0 %, however many they are.
  const permille = Math.round((part * 1000) / whole)
  const lowest = part === 0 ? 0 : 1
  const highest = part < whole ? 999 : 1000
  return `${Math.min(Math.max(permille, lowest), highest) / 10}%`
}

export const rateText = (rate: HazardRate) => share(rate.part.count, rate.whole.count)

/** Days per hazard, with one digit after the point. */
export const daysEach = (mean: HazardMean) =>
  mean.of.count === 0 ? none : String(Math.round((mean.days * 10) / mean.of.count) / 10)

/** More or fewer than before: the sign is always told. */
export function difference(now: number, before: number): string {
  if (now === before) return '±0'
  return now > before ? `+${now - before}` : `−${before - now}`
}

/** Where the list is that a number counts. */
export const listOf = (filter: HazardFilter) => ({
  path: '/findings',
  query: { counted: JSON.stringify(filter) },
})

/** The figures with a word on how they are counted, and where that is laid down. */
export const hows = [
  ...['open', 'stock', 'clearance', 'rectified', 'on_time', 'rechecked', 'mean_days'],
  ...['notified', 'listed', 'escalated', 'lookbacks', 'false_rectifications'],
  ...['years', 'ladder', 'channels', 'table'],
] as const
export type How = (typeof hows)[number]

/** Which rung of the ladder a number counts; its filter tells. */
export const rungOf = (number: HazardNumber): string =>
  number.filter.find((one) => one.kind === 'escalated')?.rung ?? ''
