/** A list of sites on its way in: what its columns mean, and what is said of its rows. Pure. */
import type { Column } from '../../bindings/Column'
import type { ImportState } from '../../bindings/ImportState'
import type { ImportSum } from '../../bindings/ImportSum'

export const columns: Column[] = [
  'name',
  'address',
  'credit_code',
  'division',
  'sector',
  'kind',
  'representative',
  'contact',
  'phone',
  'operator',
  'owner',
]

export const states: ImportState[] = ['new', 'changed', 'known', 'refused']

/** A meaning goes to one column: given to another, the first loses it. */
export function withMeaning(
  all: (Column | null)[],
  at: number,
  meaning: Column | null,
): (Column | null)[] {
  return all.map((one, place) => {
    if (place === at) return meaning
    return meaning !== null && one === meaning ? null : one
  })
}

/** Columns that hold something and are not used: nobody should think they were taken. */
export const unused = (heading: string[], all: (Column | null)[]) =>
  heading.filter((head, at) => head.trim() !== '' && (all[at] ?? null) === null)

/** How many rows an import writes. */
export const writes = (sum: ImportSum, update: boolean) => sum.new + (update ? sum.changed : 0)

export const statesToWrite = (update: boolean): ImportState[] =>
  update ? ['new', 'changed'] : ['new']
