import { useQuery } from '@tanstack/vue-query'
import { computed, type Ref } from 'vue'
import { api } from '../api'
import type { PhotoView } from '../bindings/PhotoView'
import { detailsOfRow, type FullLife } from './view'

/** The most visits after the first of which photos are read. */
const visitsMax = 3

/** The visits on which steps say that it was rechecked. */
function visitsNamed(view: FullLife): string[] {
  const named = view.life.timeline.flatMap((row) => {
    const said = detailsOfRow(view, row)
    const rechecked = said?.step === 'rechecked' || said?.step === 'lookback'
    return rechecked && said.inspection !== null ? [said.inspection] : []
  })
  return [...new Set(named)].filter((visit) => visit !== view.row.inspection)
}

/** Later visits of the same site, the latest first. */
async function visitsAfter(view: FullLife): Promise<string[]> {
  const { visits } = await api.siteGet(view.row.site)
  return visits
    .filter((visit) => visit.id !== view.row.inspection && visit.begun > view.row.found)
    .slice(0, visitsMax)
    .map((visit) => visit.id)
}

async function photosOfVisits(visits: string[], finding: string): Promise<PhotoView[]> {
  const views = await Promise.all(visits.map((visit) => api.inspectionGet(visit)))
  return views.flatMap((visit) =>
    visit.photos.filter((photo) => photo.finding === finding || visit.row.kind === 'recheck'),
  )
}

/** Photos that later visits took of a finding: those that its steps name, or all that may be named. */
export function useLaterPhotos(view: Ref<FullLife | undefined>, which: 'named' | 'any') {
  const visits = computed(() => (view.value ? visitsNamed(view.value) : []))
  const query = useQuery({
    queryKey: computed(() => ['inspection', 'later', view.value?.row.id, which, visits.value]),
    queryFn: async () => {
      if (!view.value) return []
      const all = which === 'any' ? await visitsAfter(view.value) : []
      return photosOfVisits([...new Set([...visits.value, ...all])], view.value.row.id)
    },
    enabled: computed(
      () => view.value !== undefined && (which === 'any' || visits.value.length > 0),
    ),
  })
  return {
    photos: computed(() => query.data.value ?? []),
    reading: computed(() => query.isFetching.value),
  }
}
