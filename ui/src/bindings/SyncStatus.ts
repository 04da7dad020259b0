import type { FaultView } from "./FaultView"
import type { SyncItem } from "./SyncItem"

export type SyncStatus = { state: "idle"|"working"|"offline"|"trouble"|"signed_out"|"stopped", changes_unsent: number, blobs_unsent: number, bytes_unsent: number, oldest_unsent: string | null, last_contact: string | null, trouble: FaultView | null, rejected: number, items: SyncItem[] }
