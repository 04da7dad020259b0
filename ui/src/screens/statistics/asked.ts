/** What the statistics are asked for, as it stands in the address of the page. Pure. */
import type { DaySpan } from '../../bindings/DaySpan'
import type { HazardFilter } from '../../bindings/HazardFilter'
import type { StatisticsRequest } from '../../bindings/StatisticsRequest'
import { civilDate, daysAfter } from '../../format'
import { measures, type Measure } from './cells'
import { regionOf, wholeRegion } from './regions'

export const periods = ['this_year', 'last_year', 'quarter', 'month', 'custom'] as const
export type Period = (typeof periods)[number]
export const levels = ['major', 'all'] as const
export type AskedLevel = (typeof levels)[number]

export interface Asked {
  period: Period
  /** As typed, for a period of one's own; empty: no limit. */
  from: string
  until: string
  level: AskedLevel
  /** 4, 6 or 9 digits; empty: the whole region. */
  region: string
  sector: string
  /** What the cells of the table count. */
  measure: Measure
}

type Address = Record<string, unknown>

/** The stock is what was found until this day: the main aim of the three-year plan. */
const stockUntil = '2023-12-31'

export function askedOf(address: Address): Asked {
  const text = (name: string) => {
    const value = address[name]
    return typeof value === 'string' ? value : ''
  }
  const period = periods.find((one) => one === text('period')) ?? 'this_year'
  const own = (name: string) => (period === 'custom' ? text(name) : '')
  return {
    period,
    from: own('from'),
    until: own('until'),
    level: levels.find((one) => one === text('level')) ?? 'major',
    region: regionOf(text('in')),
    sector: text('sector'),
    measure: measures.find((one) => one === text('cells')) ?? 'open',
  }
}

/** Only what differs from the usual: an address without anything is this year's major hazards. */
export function addressOf(asked: Asked): Record<string, string> {
  const address: Record<string, string> = {}
  if (asked.period !== 'this_year') address['period'] = asked.period
  if (asked.period === 'custom' && asked.from) address['from'] = asked.from
  if (asked.period === 'custom' && asked.until) address['until'] = asked.until
  if (asked.level !== 'major') address['level'] = asked.level
  if (asked.region) address['in'] = asked.region
  if (asked.sector) address['sector'] = asked.sector
  if (asked.measure !== 'open') address['cells'] = asked.measure
  return address
}

/** Whether fewer hazards are counted than could be: the period leaves out none of them. */
export const narrowed = (asked: Asked) =>
  asked.level !== 'all' || asked.region !== '' || asked.sector !== ''

const lastOf = (firstOfNext: string) => daysAfter(firstOfNext, -1)

/** The first day of a month; month 13 is the next January. */
function firstOf(year: number, month: number): string {
  const years = year + Math.floor((month - 1) / 12)
  return `${years}-${String(((month - 1) % 12) + 1).padStart(2, '0')}-01`
}

const months = (year: number, first: number, count: number): DaySpan => ({
  from: firstOf(year, first),
  until: lastOf(firstOf(year, first + count)),
})

/** A day as typed: `null` for none, `undefined` for what is no day. */
const typedDay = (typed: string): string | null | undefined =>
  typed.trim() === '' ? null : (civilDate(typed) ?? undefined)

export type PeriodFault = 'day' | 'order'

export function periodOf(asked: Asked, today: string): DaySpan | PeriodFault {
  const year = Number(today.slice(0, 4))
  const month = Number(today.slice(5, 7))
  switch (asked.period) {
    case 'this_year':
      return months(year, 1, 12)
    case 'last_year':
      return months(year - 1, 1, 12)
    case 'quarter':
      return months(year, month - ((month - 1) % 3), 3)
    case 'month':
      return months(year, month, 1)
    case 'custom': {
      const from = typedDay(asked.from)
      const until = typedDay(asked.until)
      if (from === undefined || until === undefined) return 'day'
      return from !== null && until !== null && from > until ? 'order' : { from, until }
    }
  }
}

/** A period of one's own begins as the one that was shown. */
export function withPeriod(asked: Asked, period: Period, today: string): Partial<Asked> {
  if (period !== 'custom') return { period, from: '', until: '' }
  const span = periodOf(asked, today)
  if (typeof span === 'string') return { period }
  return { period, from: span.from ?? '', until: span.until ?? '' }
}

/** The request; none while the days that are typed are no period. */
export function requestOf(asked: Asked, today: string): StatisticsRequest | null {
  const period = periodOf(asked, today)
  if (typeof period === 'string') return null
  const base: HazardFilter = []
  if (asked.level === 'major') base.push({ kind: 'level', level: 'major' })
  if (asked.region) base.push({ kind: 'region', prefix: asked.region })
  if (asked.sector) base.push({ kind: 'sector', sector: asked.sector })
  return { base, period, stock_until: stockUntil, under: asked.region || wholeRegion }
}
