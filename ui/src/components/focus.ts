import type { ObjectDirective } from 'vue'

/** Puts the cursor in a field when it appears: nobody should reach for a mouse first. */
export const vFocus: ObjectDirective<HTMLElement> = {
  mounted: (element) => element.focus(),
}

/** Element Plus focuses the dialog's frame a tick after it opens; the field comes after that. */
export function focusAfterOpening(field: HTMLElement | null): void {
  setTimeout(() => field?.focus(), 0)
}
