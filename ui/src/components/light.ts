import type { SyncStatus } from '../bindings/SyncStatus'

export type Light = 'done' | 'waiting' | 'working' | 'offline' | 'trouble'

export function unsentOf(status: SyncStatus): number {
  return status.changes_unsent + status.blobs_unsent
}

/** One word for the bar. Trouble outranks all: what was refused, or waits too long, needs a person. */
export function lightOf(status: SyncStatus): Light {
  if (status.rejected > 0 || status.oldest_alarm) return 'trouble'
  switch (status.state) {
    case 'trouble':
    case 'signed_out':
    case 'stopped':
      return 'trouble'
    case 'working':
      return 'working'
    case 'offline':
      return 'offline'
    case 'idle':
      return unsentOf(status) > 0 ? 'waiting' : 'done'
  }
}
