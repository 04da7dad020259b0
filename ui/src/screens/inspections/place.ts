import type { InspectionRow } from '../../bindings/InspectionRow'

/** Where a visit is gone on with, or looked at. A recheck has hazards to look at and no items. */
export function placeOf(row: InspectionRow): string {
  if (row.kind === 'recheck' && row.total === 0) return `/rechecks/${row.id}`
  return row.ended === null ? `/inspections/${row.id}` : `/inspections/${row.id}/finish`
}
