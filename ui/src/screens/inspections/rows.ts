import type { InspectionRow } from '../../bindings/InspectionRow'

export interface Shelves {
  unfinished: InspectionRow[]
  finished: InspectionRow[]
}

/** Newest first; what is unfinished is what somebody came to go on with. */
export function shelve(rows: InspectionRow[]): Shelves {
  const newest = [...rows].sort((a, b) => b.begun.localeCompare(a.begun))
  return {
    unfinished: newest.filter((row) => row.ended === null),
    finished: newest.filter((row) => row.ended !== null),
  }
}
