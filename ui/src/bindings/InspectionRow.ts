import type { InspectionKind } from "./InspectionKind"

export type InspectionRow = { id: string, site: string, site_name: string, kind: InspectionKind, begun: string, ended: string | null, sectors: string[], answered: number, total: number, findings: number, major: number, photos: number, unsent: number, mine: boolean }
