import { shallowRef } from 'vue'

/** What the statistics were asked for last: the way back from a list that a number counts leads there. */
export const statisticsPlace = shallowRef<Record<string, string>>({})
