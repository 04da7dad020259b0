import type { PersonRow } from '../bindings/PersonRow'
import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from '../api'
import { useInstall } from '../session'

/** Everybody who can be chosen, the person signed in first. */
export function usePeople() {
  const { signedIn } = useInstall()
  const list = useQuery({ queryKey: ['person'], queryFn: api.personList })
  const people = computed((): PersonRow[] => {
    const me = signedIn.value
    const others = (list.data.value ?? []).filter((one) => one.id !== me?.person)
    if (me === null) return others
    return [
      { id: me.person, name: me.name, office_name: me.office_name, certificate: null },
      ...others,
    ]
  })
  return { people, me: computed(() => signedIn.value?.person ?? ''), list }
}
