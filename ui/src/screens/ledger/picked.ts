/** Hazards chosen for one step together. Pure. */
import type { BulkOutcome } from '../../bindings/BulkOutcome'
import type { LedgerRow } from '../../bindings/LedgerRow'
import type { StepName } from '../../life/fields'

/** As many as the core takes at once. */
export const pickedMax = 200

/** The steps whose words may be the same for several hazards. */
export const bulkSteps = [
  'notified',
  'recheck_requested',
  'escalated',
  'transferred',
] as const satisfies StepName[]
export type BulkStep = (typeof bulkSteps)[number]

/** By their ids, in the order in which they were chosen. The row tells what it was also when the list moves on. */
export type Picked = ReadonlyMap<string, LedgerRow>

export const nonePicked: Picked = new Map()

export function toggled(picked: Picked, row: LedgerRow): Picked {
  const now = new Map(picked)
  if (!now.delete(row.finding) && now.size < pickedMax) now.set(row.finding, row)
  return now
}

/** As many of these rows as one step takes. */
const fitting = (rows: LedgerRow[]) => rows.slice(0, pickedMax)

export type AllState = 'none' | 'some' | 'all'

export function allState(picked: Picked, rows: LedgerRow[]): AllState {
  if (picked.size === 0) return 'none'
  const full = picked.size >= pickedMax || rows.every((row) => picked.has(row.finding))
  return full ? 'all' : 'some'
}

/** All that are read already, the uppermost first; when they are chosen, none. */
export function allToggled(picked: Picked, rows: LedgerRow[]): Picked {
  if (allState(picked, rows) === 'all') return nonePicked
  return new Map(fitting(rows).map((row) => [row.finding, row]))
}

/** As the core has it: a level that this program does not know is a grave one. */
const light = ['general', 'element']

/** What the form must know of them, and its reader. */
export const lotOf = (picked: Picked) => {
  const rows = [...picked.values()]
  return {
    count: rows.length,
    sites: new Set(rows.map((row) => row.site)).size,
    grave: rows.some((row) => !light.includes(row.level)),
  }
}

export interface Refused {
  row: LedgerRow
  key: string
  params: Record<string, string>
}

export interface Summary {
  done: number
  refused: Refused[]
}

/** Of an outcome without a row nobody can say which hazard it was; the core gives back what it was given. */
export const summaryOf = (picked: Picked, outcomes: BulkOutcome[]): Summary => ({
  done: outcomes.filter((one) => one.refused === null).length,
  refused: outcomes.flatMap(({ finding, refused, params }) => {
    const row = picked.get(finding)
    return row && refused !== null ? [{ row, key: refused, params }] : []
  }),
})

/** What took the step is chosen no more; what was refused stays. */
export function afterwards(picked: Picked, outcomes: BulkOutcome[]): Picked {
  const done = new Set(outcomes.filter((one) => one.refused === null).map((one) => one.finding))
  return new Map([...picked].filter(([finding]) => !done.has(finding)))
}
