/** Struck-off hazards drawn by lot for a later look. Pure. */
import { drawnMax, type LedgerFilters } from './filters'

export const drawnUsual = 5

/** Only what is struck off can be drawn. */
export const mayDraw = (filters: LedgerFilters) =>
  filters.only.length === 0 && filters.states.length === 1 && filters.states[0] === 'closed'

export function countOf(typed: string): number | null {
  const text = typed.trim()
  const count = /^\d{1,2}$/.test(text) ? Number(text) : 0
  return count >= 1 && count <= drawnMax ? count : null
}

/**
 * What a later look may change narrows no more: one that failed stands open again, and still belongs to
 * those that were drawn.
 */
export const drawn = (only: string[]): Partial<LedgerFilters> => ({
  ...{ only, states: [], open: false, overdue: false, due: '' },
  ...{ listed: '', disputed: false, counted: null },
})

export const left: Partial<LedgerFilters> = { only: [], states: ['closed'] }
