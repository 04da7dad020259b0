import type { BlobRef } from "./BlobRef"

export type PhotoView = { id: string, inspection: string, finding: string | null, item: string | null, name: string, original: BlobRef, evidence: BlobRef | null, thumb: BlobRef | null, width: number | null, height: number | null, taken: string | null, added: string, by: string, undecodable: boolean, here: boolean }
