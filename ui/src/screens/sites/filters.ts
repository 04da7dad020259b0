/** What the list of sites is narrowed to, as it stands in the address of the page. Pure. */
import type { SiteQuery } from '../../bindings/SiteQuery'
import type { SiteWhich } from '../../bindings/SiteWhich'

export interface Filters {
  search: string
  sector: string
  division: string
  kind: string
  which: SiteWhich
}

type Address = Record<string, unknown>

export const whiches: SiteWhich[] = ['all', 'open', 'never']

export function filtersOf(address: Address): Filters {
  const text = (name: string) => {
    const value = address[name]
    return typeof value === 'string' ? value : ''
  }
  return {
    search: text('q'),
    sector: text('sector'),
    division: text('in'),
    kind: text('kind'),
    which: whiches.find((one) => one === text('which')) ?? 'all',
  }
}

/** Only what narrows: an address without anything means all sites. */
export function addressOf(filters: Filters): Record<string, string> {
  const address: Record<string, string> = {}
  if (filters.search) address['q'] = filters.search
  if (filters.sector) address['sector'] = filters.sector
  if (filters.division) address['in'] = filters.division
  if (filters.kind) address['kind'] = filters.kind
  if (filters.which !== 'all') address['which'] = filters.which
  return address
}

export const narrowed = (filters: Filters) => Object.keys(addressOf(filters)).length > 0

export const queryOf = (filters: Filters, offset: number, limit: number): SiteQuery => ({
  ...filters,
  offset,
  limit,
})
