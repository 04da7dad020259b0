/** What the screen of sending says about the state, and how far a visit has come. Pure. */
import type { RejectedView } from '../../bindings/RejectedView'
import type { SyncStatus } from '../../bindings/SyncStatus'
import type { SyncTick } from '../../bindings/SyncTick'
import { unsentOf } from '../../components/light'

/** Thousands of visits are behind us; those with something unsent come first. */
export const rowsShown = 200

export const headlines = [
  'done',
  'settle',
  'receiving',
  'working',
  'waiting',
  'metered',
  'offline',
  'trouble',
  'signed_out',
  'stopped',
] as const
export type Headline = (typeof headlines)[number]

/** The one sentence on top. What is saved is safe in any case: the lid only stops the upload. */
export function headlineOf(status: SyncStatus): Headline {
  const { state } = status
  if (state === 'trouble' || state === 'signed_out' || state === 'stopped') return state
  const unsent = unsentOf(status) > 0
  if (state === 'working') return unsent ? 'working' : 'receiving'
  if (unsent && state === 'offline') return 'offline'
  // Once the records are there, an idle laptop waits for a network that costs nothing.
  if (unsent) return status.metered && status.changes_unsent === 0 ? 'metered' : 'waiting'
  if (status.rejected > 0) return 'settle'
  return status.lid_may_close || state === 'offline' ? 'done' : 'receiving'
}

export interface TickState {
  word: 'none' | 'done' | 'part'
  done: boolean
  /** What the bar shows: bytes where there are any, else how many. */
  at: number
  of: number
}

export function tickState(tick: SyncTick): TickState {
  const done = tick.sent === tick.total
  const [at, of] = tick.bytes > 0 ? [tick.bytes_sent, tick.bytes] : [tick.sent, tick.total]
  return { word: !done ? 'part' : tick.total > 0 ? 'done' : 'none', done, at, of }
}

export interface Span {
  unit: 'moment' | 'minutes' | 'hours' | 'days'
  count: number
}

function span(minutes: number, rounded: (share: number) => number): Span {
  if (minutes < 60) return { unit: 'minutes', count: rounded(minutes) }
  if (minutes < 48 * 60) return { unit: 'hours', count: rounded(minutes / 60) }
  return { unit: 'days', count: rounded(minutes / 60 / 24) }
}

/** Nobody promises seconds over a radio link; what is left is rounded up. */
export function left(seconds: number): Span {
  return seconds < 60 ? { unit: 'moment', count: 0 } : span(seconds / 60, Math.ceil)
}

/** How long ago; a clock that was set back gives “just now”. */
export function ago(instant: string, now: number): Span {
  const minutes = (now - new Date(instant).getTime()) / 60_000
  return minutes >= 1 ? span(minutes, Math.floor) : { unit: 'moment', count: 0 }
}

/** Why the server put a change aside; a reason from a newer server is told in general words. */
export const reasons = [
  'malformed',
  'wrong_identity',
  'wrong_scope',
  'wrong_author',
  'revoked',
  'other',
] as const

export function reasonOf({ reason }: Pick<RejectedView, 'reason'>): (typeof reasons)[number] {
  return reasons.find((known) => known === reason) ?? 'other'
}
