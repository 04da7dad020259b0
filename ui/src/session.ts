import { useQuery } from '@tanstack/vue-query'
import { computed, shallowRef } from 'vue'
import { api } from './api'
import type { InstallStatus } from './bindings/InstallStatus'
import type { SignedIn } from './bindings/SignedIn'
import { kept } from './kept'
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

/** Where a person begins: a station's laptop with the round, everybody else with the day's work. */
export const homeOf = (person: SignedIn | null): string =>
  person?.role === 'station' ? '/quick' : '/home'

/** Another person's lists must not flash up: whatever was loaded is dropped at every change. */
export function setSignedIn(person: SignedIn | null): void {
  const status = queryClient.getQueryData<InstallStatus>(key)
  queryClient.removeQueries({ predicate: (query) => query.queryKey[0] !== 'install' })
  if (status) setInstall({ ...status, signed_in: person })
  locked.value = null
}

/** Who was working when the window locked itself; the screen stays as it was behind the cover. */
export const locked = shallowRef<SignedIn | null>(null)

export async function lockWindow(): Promise<void> {
  const person = signedInNow()
  if (person === null || locked.value !== null) return
  locked.value = person
  await kept.flush()
  // A program that does not answer is covered all the same.
  await api.sessionLock().catch(() => undefined)
}

/** The same person is back: what the screen shows may have changed meanwhile. */
export function unlocked(person: SignedIn): void {
  const status = queryClient.getQueryData<InstallStatus>(key)
  if (status) setInstall({ ...status, signed_in: person })
  locked.value = null
  void queryClient.invalidateQueries()
}
