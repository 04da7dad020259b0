/** What the largest button of the day does. Pure. */
import { placeOf } from '../inspections/place'
import type { InspectionRow } from '../../bindings/InspectionRow'

export type Next = { do: 'continue'; row: InspectionRow } | { do: 'start' } | { do: 'quick' }

/** What was begun comes first; a station goes on with its round, everybody else begins a visit. */
export function nextOf(unfinished: InspectionRow[], role: string | null): Next {
  const own = unfinished.find((row) => row.mine)
  if (own) return { do: 'continue', row: own }
  return { do: role === 'station' ? 'quick' : 'start' }
}

export function wayTo(next: Next): string {
  switch (next.do) {
    case 'continue':
      return placeOf(next.row)
    case 'start':
      return '/start'
    case 'quick':
      return '/quick'
  }
}
