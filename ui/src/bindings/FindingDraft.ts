import type { Level } from "./Level"

export type FindingDraft = { id: string | null, inspection: string, edition: string | null, item: string | null, level: Level, hazard: string, part: string, basis: string, citable: boolean, evidence: string[], deadline: string | null, note: string }
