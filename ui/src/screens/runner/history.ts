/** What was answered, for taking it back. Pure; the record of it is the change log. */
import type { AnswerDraft } from '../../bindings/AnswerDraft'

/** One answer saved: what stood there before (null: nothing), and what stands there since. */
export interface Entry {
  before: AnswerDraft | null
  after: AnswerDraft
}

export interface History {
  past: readonly Entry[]
  /** Taken back, the latest last; a new answer forgets them. */
  future: readonly Entry[]
}

export const emptyHistory: History = { past: [], future: [] }

/** More is never needed on one visit, and an old laptop has little memory. */
const entriesMax = 500

export function answered(history: History, entry: Entry): History {
  return { past: [...history.past, entry].slice(-entriesMax), future: [] }
}

/** An answer that stands where nothing stood before: taking back is an answer too. */
export const withdrawn = (after: AnswerDraft): AnswerDraft => ({
  ...after,
  result: 'withdrawn',
  ticks: [],
  readings: [],
  note: '',
  reason: '',
})

export interface Step {
  history: History
  /** What has to be saved now. */
  draft: AnswerDraft
}

export function undo(history: History): Step | null {
  const entry = history.past.at(-1)
  if (!entry) return null
  return {
    history: { past: history.past.slice(0, -1), future: [...history.future, entry] },
    draft: entry.before ?? withdrawn(entry.after),
  }
}

export function redo(history: History): Step | null {
  const entry = history.future.at(-1)
  if (!entry) return null
  return {
    history: { past: [...history.past, entry], future: history.future.slice(0, -1) },
    draft: entry.after,
  }
}
