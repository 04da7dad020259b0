import { MutationCache, QueryCache, QueryClient } from '@tanstack/vue-query'
import { toFault } from './faults'
import { onChanged } from './host'

/** The first part of every query key. */
export type Kind =
  | 'install'
  | 'site'
  | 'person'
  | 'edition'
  | 'inspection'
  | 'workbench'
  | 'finding'
  | 'manifest'
  | 'sync'
  | 'conflicts'
  | 'rejected'
  | 'backup'
  | 'health'

/** Which screens' data show a changed record: an inspection's view holds its answers and photos. */
const shownIn: Record<string, Kind[]> = {
  site: ['site', 'inspection', 'finding', 'workbench'],
  organization: ['site'],
  person: ['person', 'install'],
  // An office's terms say what is late.
  office: ['person', 'install', 'finding', 'workbench'],
  inspection: ['inspection', 'site', 'workbench'],
  answer: ['inspection', 'workbench'],
  finding: ['inspection', 'finding', 'manifest', 'site', 'workbench'],
  transition: ['inspection', 'finding', 'site', 'workbench'],
  photo: ['inspection', 'finding', 'manifest'],
  signing: ['manifest'],
  edition: ['edition'],
  local: [],
  sync: ['sync', 'inspection', 'conflicts', 'rejected', 'workbench'],
  conflict: ['sync', 'conflicts', 'rejected'],
  install: ['install'],
  backup: ['backup', 'health', 'install'],
  health: ['health'],
}

export function kindsToRefresh(changed: string[]): Kind[] {
  return [...new Set(changed.flatMap((kind) => shownIn[kind] ?? []))]
}

let signedOut: () => void = () => undefined

/** The router says where to go when the program answers that nobody is signed in. */
export function onSignedOut(go: () => void): void {
  signedOut = go
}

function heardError(error: unknown): void {
  if (toFault(error).view.code === 'SignedOut') signedOut()
}

// The database is on this laptop: nothing waits for a network, and data grows old only by a
// `changed` event. With the default `networkMode` a laptop in a basement would show nothing.
export const queryClient = new QueryClient({
  queryCache: new QueryCache({ onError: heardError }),
  mutationCache: new MutationCache({ onError: heardError }),
  defaultOptions: {
    queries: {
      networkMode: 'always',
      retry: false,
      // Nobody alters what was read. Thousands of proxies for it would hold the page up.
      shallow: true,
      staleTime: Infinity,
      refetchOnWindowFocus: false,
      refetchOnReconnect: false,
    },
    mutations: { networkMode: 'always', retry: false },
  },
})

const pauseMin = 100
const pauseMax = 2000
const pending = new Set<Kind>()
let timer: ReturnType<typeof setTimeout> | undefined
let pause = pauseMin

/**
 * An evening's upload brings hundreds of events: one refresh each 100 ms is enough. Where reading takes
 * long, as in a visit with thousands of photos, it takes a fifth of the time at most.
 */
export function refreshSoon(kinds: Kind[]): void {
  for (const kind of kinds) pending.add(kind)
  timer ??= setTimeout(() => void refresh(), pause)
}

async function refresh(): Promise<void> {
  timer = undefined
  const now = [...pending]
  pending.clear()
  const begun = performance.now()
  await Promise.all(now.map((kind) => queryClient.invalidateQueries({ queryKey: [kind] })))
  pause = Math.min(Math.max(4 * (performance.now() - begun), pauseMin), pauseMax)
}

export function listenToChanges(): void {
  onChanged((changed) => refreshSoon(kindsToRefresh(changed.kinds)))
}
