import { useQuery } from '@tanstack/vue-query'
import { api } from '../api'
import { usePeople } from './people'

/** The numbers of the officers' certificates: by the list of people, else by the visit that found it. */
export function useCertificates(inspection: string, wanted: boolean) {
  const { people } = usePeople()
  const review = useQuery({
    queryKey: ['inspection', 'review', inspection],
    queryFn: () => api.inspectionReview(inspection),
    enabled: wanted,
  })
  const certificateOf = (person: string): string =>
    people.value.find((one) => one.id === person)?.certificate ??
    review.data.value?.inspectors.find((one) => one.person === person)?.certificate ??
    ''
  return { certificateOf }
}
