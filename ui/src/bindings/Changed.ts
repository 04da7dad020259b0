export type Changed = { kinds: string[], ids: string[] }
