/** Which list a cell of the table opens: its row, its column and what is counted, together. Pure. */
import type { HazardCounts } from '../../bindings/HazardCounts'
import type { HazardFilter } from '../../bindings/HazardFilter'
import type { RegionTable } from '../../bindings/RegionTable'
import type { TableColumn } from '../../bindings/TableColumn'
import type { TableRow } from '../../bindings/TableRow'

export const measures = ['open', 'overdue', 'all'] as const
export type Measure = keyof HazardCounts & (typeof measures)[number]

interface Place {
  row?: TableRow
  column?: TableColumn
}

/** Without a row or column: the sum of all of them. */
export function filterOf(table: RegionTable, measure: Measure, of: Place): HazardFilter {
  return [
    ...table.base,
    ...(of.row?.filter ?? []),
    ...(of.column?.filter ?? []),
    ...(measure === 'all' ? [] : table[measure]),
  ]
}

/** Hazards whose division nobody knows are in no part of the region: the table leaves them out. */
export const outside = (all: number, table: RegionTable): number =>
  Math.max(all - table.total.all, 0)
