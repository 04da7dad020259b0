/** What the cards of backup and health share: their queries, and what is pure in them. */
import { useQuery } from '@tanstack/vue-query'
import { api } from '../api'
import type { BackupRunning } from '../bindings/BackupRunning'
import type { HealthItem } from '../bindings/HealthItem'

/** While something is under way its progress is asked for, in ms. */
const pace = 500

/** Age and place change without an event: a stick is pulled out, a day goes by. */
const anew = { refetchOnMount: 'always', gcTime: 0 } as const

export const useBackup = () =>
  useQuery({
    queryKey: ['backup'],
    queryFn: api.backupStatus,
    refetchInterval: (query) => (query.state.data?.running ? pace : false),
    ...anew,
  })

export const useHealth = () =>
  useQuery({
    queryKey: ['health'],
    queryFn: () => api.healthGet(false),
    refetchInterval: (query) => (query.state.data?.running ? pace : false),
    ...anew,
  })

/** How far something is, in whole per cent; null while that is not known. */
export function percent(running: BackupRunning | null | undefined): number | null {
  if (!running || running.total === 0) return null
  return Math.min(99, Math.floor((running.done / running.total) * 100))
}

/** What is to be seen to, the worst first. */
export function troubles(items: HealthItem[]): HealthItem[] {
  const grave = { bad: 0, warn: 1, ok: 2 }
  return items.filter((item) => item.state !== 'ok').sort((a, b) => grave[a.state] - grave[b.state])
}

/** What a button beside an item does. */
export type Remedy = 'salvage' | 'fetch' | 'sync' | 'room' | 'backup' | 'checklists'

const remedies: Record<string, Remedy> = {
  'database.damaged': 'salvage',
  'photos.missing': 'fetch',
  'disk.little': 'room',
  'disk.full': 'room',
  'clock.off': 'sync',
  'clock.untold': 'sync',
  'unsent.waiting': 'sync',
  'unsent.old': 'sync',
  'editions.none': 'checklists',
  'editions.old': 'sync',
  'editions.never': 'sync',
  'sites.none': 'sync',
}

/** The remedy for an item; null where only the person can do something. */
export function remedyOf(item: HealthItem): Remedy | null {
  if (item.state === 'ok') return null
  if (item.key === 'backup') return 'backup'
  return remedies[`${item.key}.${item.said}`] ?? null
}

/** Every sentence that an item can have, by its key. */
export const sayings: Record<string, string[]> = {
  database: ['ok', 'looking', 'damaged'],
  photos: ['ok', 'missing', 'lost'],
  disk: ['ok', 'little', 'full', 'unreadable'],
  clock: ['ok', 'off', 'untold', 'behind', 'ahead'],
  editions: ['ok', 'none', 'old', 'never'],
  sites: ['ok', 'none'],
  unsent: ['ok', 'fresh', 'waiting', 'old'],
  backup: ['today', 'ok', 'no_code', 'never', 'old', 'unsent'],
  battery: ['ok', 'plugged', 'half', 'low'],
  printer: ['ok', 'none'],
  salvage: ['whole', 'lost'],
}

/** A code as it is typed becomes groups of five: whoever copies from paper sees where they are. */
export function grouped(typed: string): string {
  const letters = typed
    .toUpperCase()
    .replace(/[^0-9A-Z]/g, '')
    .slice(0, 25)
  return (letters.match(/.{1,5}/g) ?? []).join('-')
}
