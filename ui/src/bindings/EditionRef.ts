export type EditionRef = { id: string, version: string, digest: string }
