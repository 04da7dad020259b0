import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '../../api'
import { keyOf } from '../../facilities/facilities'
import { named, read } from '../../i18n'

/** Words for what sites keep as codes; a code that nothing here knows is shown as it is. */
export function useNames() {
  const { data: facets } = useQuery({ queryKey: ['site', 'facets'], queryFn: api.siteFacets })
  const { data: checklists } = useQuery({ queryKey: ['edition'], queryFn: api.checklistList })

  const kinds = computed(
    () => new Map(facets.value?.kinds.map((kind) => [kind.id, read(kind.name)])),
  )
  const facilities = computed(
    () =>
      new Map(
        checklists.value?.flatMap((one) =>
          Object.entries(one.facilities).map(([key, name]) => [
            keyOf(one.edition.id, key),
            read(name),
          ]),
        ),
      ),
  )
  return {
    sector: (id: string) => named('sector', id),
    kind: (id: string) => kinds.value.get(id) ?? id,
    facility: (key: string) => facilities.value.get(key) ?? key,
  }
}
