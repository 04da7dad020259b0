/** What the ledger is narrowed to, as it stands in the address of the page. Pure. */
import type { DueWhen } from '../../bindings/DueWhen'
import type { HazardCondition } from '../../bindings/HazardCondition'
import type { HazardFilter } from '../../bindings/HazardFilter'
import type { LedgerQuery } from '../../bindings/LedgerQuery'
import type { LifeState } from '../../bindings/LifeState'
import { isCivilDate } from '../../format'

export interface LedgerFilters {
  search: string
  region: string
  sector: string
  level: string
  states: string[]
  open: boolean
  overdue: boolean
  due: DueWhen | ''
  channel: string
  inspector: string
  from: string
  until: string
  listed: string
  disputed: boolean
  site: string
  /** Exactly those that a number of the statistics counts. */
  counted: HazardFilter | null
  /** Exactly these, drawn by lot; none: no matter which. */
  only: string[]
}

type Address = Record<string, unknown>

export const dues: DueWhen[] = ['overdue', 'today', 'week', 'any']
export const levels = ['major', 'general', 'element']
export const channels = ['inspection', 'self_report', 'tip_off']
export const listings = ['any', 'region', 'prefecture', 'county']
/** In the order of a life. */
export const states: LifeState[] = [
  'found',
  'notified',
  'rectifying',
  'recheck_requested',
  'unsatisfied',
  'passed',
  'reopened',
  'closed',
  'withdrawn',
]

/** How a text of the filters is called in the address. */
const names = {
  search: 'q',
  region: 'in',
  sector: 'sector',
  level: 'level',
  channel: 'channel',
  inspector: 'by',
  listed: 'listed',
  site: 'site',
} as const
const days = { from: 'from', until: 'until' } as const
const ticks = { open: 'open', overdue: 'late', disputed: 'disputed' } as const

const keysOf = <T extends object>(of: T) => Object.keys(of) as (keyof T)[]

/** What a number of the statistics counts; what cannot be read narrows nothing and says nothing. */
export function countedOf(text: string): HazardFilter | null {
  try {
    const read: unknown = JSON.parse(text)
    const sound =
      Array.isArray(read) &&
      read.every((one: unknown) => typeof one === 'object' && one !== null && 'kind' in one)
    return sound ? (read as HazardCondition[]) : null
  } catch {
    return null
  }
}

/** No more than one draw gives: an address from elsewhere must not grow without an end. */
export const drawnMax = 50
const idsOf = (text: string) =>
  [...new Set(text.split(','))].filter((id) => /^[\w-]{1,64}$/.test(id)).slice(0, drawnMax)

export function filtersOf(address: Address): LedgerFilters {
  const text = (name: string) => {
    const value = address[name]
    return typeof value === 'string' ? value : ''
  }
  const civil = (name: string) => (isCivilDate(text(name)) ? text(name) : '')
  const filters: LedgerFilters = {
    ...{ search: '', region: '', sector: '', level: '', channel: '', inspector: '' },
    ...{ listed: '', site: '', from: '', until: '' },
    ...{ open: false, overdue: false, disputed: false },
    states: states.filter((one) => text('state').split(',').includes(one)),
    due: dues.find((one) => one === text('due')) ?? '',
    counted: countedOf(text('counted')),
    only: idsOf(text('only')),
  }
  for (const one of keysOf(names)) filters[one] = text(names[one])
  for (const one of keysOf(days)) filters[one] = civil(days[one])
  for (const one of keysOf(ticks)) filters[one] = text(ticks[one]) === '1'
  return filters
}

/** Only what narrows: an address without anything means the whole ledger. */
export function addressOf(filters: LedgerFilters): Record<string, string> {
  const address: Record<string, string> = {}
  for (const one of keysOf(names)) if (filters[one]) address[names[one]] = filters[one]
  for (const one of keysOf(days)) if (filters[one]) address[days[one]] = filters[one]
  for (const one of keysOf(ticks)) if (filters[one]) address[ticks[one]] = '1'
  if (filters.states.length) address['state'] = filters.states.join(',')
  if (filters.due) address['due'] = filters.due
  if (filters.counted) address['counted'] = JSON.stringify(filters.counted)
  if (filters.only.length) address['only'] = filters.only.join(',')
  return address
}

export const narrowed = (filters: LedgerFilters) => Object.keys(addressOf(filters)).length > 0

/** How many conditions stand behind the button for more of them. */
export const moreCount = (filters: LedgerFilters) =>
  [filters.channel, filters.inspector, filters.from, filters.until, filters.listed].filter(Boolean)
    .length

export const queryOf = (
  filters: LedgerFilters,
  before: string | null,
  limit: number,
): LedgerQuery => ({
  ...filters,
  states: [...filters.states],
  only: [...filters.only],
  due: filters.due || null,
  from: filters.from || null,
  until: filters.until || null,
  before,
  limit,
})
