import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '../../api'
import type { InspectionRow } from '../../bindings/InspectionRow'

/** Which visit a photo is of; the list is most often there already. */
export function useVisits(): (inspection: string) => InspectionRow | undefined {
  const { data } = useQuery({ queryKey: ['inspection', 'list'], queryFn: api.inspectionList })
  const rows = computed(() => new Map((data.value ?? []).map((row) => [row.id, row])))
  return (inspection) => rows.value.get(inspection)
}
