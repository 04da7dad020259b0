/** The marks of one quick check. Pure. */
import type { PremisesRow } from '../../bindings/PremisesRow'
import type { PresetView } from '../../bindings/PresetView'
import type { QuickHazardView } from '../../bindings/QuickHazardView'
import type { QuickMark } from '../../bindings/QuickMark'

export type Marks = readonly QuickMark[]

const fresh = (hazard: string, days: number): QuickMark => ({
  hazard,
  fixed: false,
  days,
  note: '',
  at: null,
})

/** The key of a hazard marks it; once more takes the mark back. The one marked last is at the end. */
export function toggled(marks: Marks, hazard: string, days: number): QuickMark[] {
  const rest = marks.filter((mark) => mark.hazard !== hazard)
  return rest.length < marks.length ? rest : [...marks, fresh(hazard, days)]
}

const withLast = (marks: Marks, change: (mark: QuickMark) => QuickMark): QuickMark[] =>
  marks.map((mark, at) => (at === marks.length - 1 ? change(mark) : mark))

/** Put right on the spot, or not. A major hazard cannot be: one person does not strike it off. */
export function fixedLast(marks: Marks, hazards: QuickHazardView[]): QuickMark[] {
  const last = marks.at(-1)
  if (hazards.some((one) => one.id === last?.hazard && one.major)) return [...marks]
  return withLast(marks, (mark) => ({ ...mark, fixed: !mark.fixed }))
}

/** The next of the preset's deadlines. */
export function laterLast(marks: Marks, days: number[]): QuickMark[] {
  return withLast(marks, (mark) => {
    const next = days[(days.indexOf(mark.days) + 1) % days.length]
    return { ...mark, fixed: false, days: next ?? mark.days }
  })
}

export const notedLast = (marks: Marks, note: string): QuickMark[] =>
  withLast(marks, (mark) => ({ ...mark, note }))

/** The same marks as the premises before, as far as this kind has them; photos are never copied. */
export function copied(before: Marks, preset: PresetView): QuickMark[] {
  const known = new Set(preset.hazards.map((hazard) => hazard.id))
  return before.filter((mark) => known.has(mark.hazard)).map((mark) => ({ ...mark, at: null }))
}

/** A check that opened less than this ago has not been looked at. */
export const lookMs = 700

/**
 * Whether Enter may end the check `check` that opened at `openedMs`. The second press of a nervous
 * finger is not a look at the next premises: what it recorded as sound nobody would have seen.
 */
export function mayEnd(
  meant: string | undefined,
  check: string,
  openedMs: number,
  pressedMs: number,
): boolean {
  return meant === check && pressedMs - openedMs >= lookMs
}

/** The next premises to do: after `from`, from the top again; null when all are done. */
export function nextToDo(rows: PremisesRow[], from: string | null): string | null {
  const at = rows.findIndex((row) => row.site === from)
  const order = [...rows.slice(at + 1), ...rows.slice(0, at + 1)]
  return order.find((row) => row.done === null && row.site !== from)?.site ?? null
}

export function searchPremises(rows: PremisesRow[], typed: string): PremisesRow[] {
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return rows.filter((row) => {
    const text = `${row.name} ${row.address} ${row.contact}`.toLowerCase()
    return words.every((word) => text.includes(word))
  })
}
