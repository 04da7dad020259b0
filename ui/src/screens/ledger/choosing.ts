/** Choosing several hazards for one step, while the list goes on living. */
import { ref, watch, type Ref } from 'vue'
import type { LedgerRow } from '../../bindings/LedgerRow'
import { allToggled, nonePicked, toggled, type Picked } from './picked'

interface Listed {
  /** What the list is narrowed to. */
  key: Ref<string>
  rows: Ref<LedgerRow[]>
  /** The rows are those that were asked for last. */
  settled: Ref<boolean>
}

export function useChoosing({ key, rows, settled }: Listed) {
  /** Null: nobody is choosing. */
  const picked = ref<Picked | null>(null)

  // Nobody takes a step for what is out of sight.
  watch(key, () => {
    if (picked.value !== null) picked.value = nonePicked
  })

  function toggle(): void {
    picked.value = picked.value === null ? nonePicked : null
  }

  function pick(at: number): void {
    const row = rows.value[at]
    if (row && picked.value !== null && settled.value) picked.value = toggled(picked.value, row)
  }

  function pickAll(): void {
    if (picked.value !== null && settled.value) picked.value = allToggled(picked.value, rows.value)
  }

  return { picked, toggle, pick, pickAll }
}
