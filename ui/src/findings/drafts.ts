/** The finding being written, and what of it is kept on disk while it is. Pure. */
import type { FindingDraft } from '../bindings/FindingDraft'
import type { FindingRow } from '../bindings/FindingRow'
import type { ItemView } from '../bindings/ItemView'
import { fault } from '../faults'
import { civilDate } from '../format'

export function draftOf(row: FindingRow, item: ItemView | null): FindingDraft {
  return {
    id: row.id,
    inspection: row.inspection,
    edition: item?.edition.id ?? null,
    item: row.item,
    facility: row.facility,
    level: row.level,
    hazard: row.hazard,
    part: row.part,
    basis: row.basis,
    citable: row.citable,
    evidence: item?.evidence ?? [],
    deadline: row.deadline,
    note: row.note,
  }
}

/** What is sent: trimmed, and refused here where a person can still see why. */
export function ready(draft: FindingDraft, deadline: string): FindingDraft {
  const civil = deadline.trim() === '' ? null : civilDate(deadline)
  if (draft.hazard.trim() === '') throw fault('hazard_required')
  if (deadline.trim() !== '' && civil === null) throw fault('date_invalid')
  return {
    ...draft,
    hazard: draft.hazard.trim(),
    part: draft.part.trim(),
    note: draft.note.trim(),
    deadline: civil,
  }
}

/** Half-written findings of one inspection, under `finding/<inspection>`. */
export interface Shelf {
  /** The one whose dialog was open when the program ended. */
  open: string | null
  drafts: Record<string, FindingDraft>
}

/** A new finding is known by its item and facility, a free one by nothing. */
export const slotOf = (draft: FindingDraft) =>
  draft.id ?? (draft.item === null ? 'free' : `${draft.item}/${draft.facility}`)

export function parseShelf(text: string | null): Shelf {
  const empty: Shelf = { open: null, drafts: {} }
  if (text === null) return empty
  try {
    const value = JSON.parse(text) as Partial<Shelf> | null
    return { open: value?.open ?? null, drafts: value?.drafts ?? {} }
  } catch {
    return empty
  }
}

export function putDraft(shelf: Shelf, slot: string, draft: FindingDraft): Shelf {
  return { open: slot, drafts: { ...shelf.drafts, [slot]: draft } }
}

export function dropDraft(shelf: Shelf, slot: string): Shelf {
  const drafts = Object.entries(shelf.drafts).filter(([name]) => name !== slot)
  return { open: shelf.open === slot ? null : shelf.open, drafts: Object.fromEntries(drafts) }
}
