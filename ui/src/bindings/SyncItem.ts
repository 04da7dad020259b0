export type SyncItem = { inspection: string, site_name: string, changes: number, blobs: number, bytes: number }
