import { shallowRef } from 'vue'

/** How the list of sites was narrowed last: the way back from a site leads there. */
export const listPlace = shallowRef<Record<string, string>>({})
