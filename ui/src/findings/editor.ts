import { ref, shallowRef } from 'vue'
import { api } from '../api'
import type { FindingDraft } from '../bindings/FindingDraft'
import type { FindingRow } from '../bindings/FindingRow'
import type { ItemView } from '../bindings/ItemView'
import { toFault, type Fault } from '../faults'
import { kept } from '../kept'
import { draftOf, dropDraft, parseShelf, putDraft, slotOf, type Shelf } from './drafts'

/** Opens and closes the finding dialog of one inspection and keeps what is half written. */
export function useFindingEditor(inspection: string) {
  const key = `finding/${inspection}`
  const draft = shallowRef<FindingDraft | null>(null)
  const failure = ref<Fault | null>(null)
  let shelf: Shelf = parseShelf(null)
  let slot = ''

  const keep = () => kept.put(key, JSON.stringify(shelf))

  function open(fresh: FindingDraft): void {
    failure.value = null
    slot = slotOf(fresh)
    draft.value = shelf.drafts[slot] ?? fresh
  }

  async function openNew(item: ItemView | null): Promise<void> {
    try {
      const of = {
        inspection,
        edition: item?.edition.id ?? null,
        item: item?.code ?? null,
        facility: item?.facility ?? '',
      }
      open(await api.findingDraft(of))
    } catch (error) {
      failure.value = toFault(error)
    }
  }

  /** The program ended in the middle of a finding: the dialog is there again. */
  async function restore(): Promise<void> {
    shelf = parseShelf(await kept.get(key))
    const left = shelf.open === null ? undefined : shelf.drafts[shelf.open]
    if (left) open(left)
  }

  function changed(now: FindingDraft): void {
    shelf = putDraft(shelf, slot, now)
    keep()
  }

  /** Closing keeps the text for the next time; saving drops it. */
  function close(): void {
    draft.value = null
    if (shelf.open === null) return
    shelf = { ...shelf, open: null }
    keep()
  }

  async function saved(): Promise<void> {
    shelf = dropDraft(shelf, slot)
    draft.value = null
    if (Object.keys(shelf.drafts).length > 0) keep()
    else await kept.drop(key)
  }

  const edit = (row: FindingRow, item: ItemView | null) => open(draftOf(row, item))

  return { draft, failure, openNew, edit, restore, changed, close, saved }
}
