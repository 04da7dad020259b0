import type { ObjectDirective } from 'vue'

/** Puts the cursor in a field when it appears: nobody should reach for a mouse first. */
export const vFocus: ObjectDirective<HTMLElement> = {
  mounted: (element) => element.focus(),
}
