export type BlobRef = { sha256: string, bytes: number, mime: string }
