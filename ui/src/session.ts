import { useQuery } from '@tanstack/vue-query'
import { computed } from 'vue'
import { api } from './api'
import type { InstallStatus } from './bindings/InstallStatus'
import type { SignedIn } from './bindings/SignedIn'
import { recallLanguage } from './i18n'
import { queryClient } from './query'

const key = ['install']

export function installStatus(): Promise<InstallStatus> {
  return queryClient.query({ queryKey: key, queryFn: api.installStatus, staleTime: 'static' })
}

export function useInstall() {
  const query = useQuery({ queryKey: key, queryFn: api.installStatus })
  const signedIn = computed(() => query.data.value?.signed_in ?? null)
  return { ...query, signedIn }
}

export function setInstall(status: InstallStatus): void {
  queryClient.setQueryData(key, status)
}

export const signedInNow = (): SignedIn | null =>
  queryClient.getQueryData<InstallStatus>(key)?.signed_in ?? null

/** Where a person begins: a station's laptop with the round, everybody else with the visits. */
export const homeOf = (person: SignedIn | null): string =>
  person?.role === 'station' ? '/quick' : '/inspections'

/** Another person's lists must not flash up: whatever was loaded is dropped at every change. */
export function setSignedIn(person: SignedIn | null): void {
  const status = queryClient.getQueryData<InstallStatus>(key)
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'install' })
  if (status) setInstall({ ...status, signed_in: person })
  if (person) void recallLanguage()
}
