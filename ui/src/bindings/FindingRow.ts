import type { Level } from "./Level"
import type { FindingState } from "./FindingState"
import type { PhotoView } from "./PhotoView"

export type FindingRow = { id: string, inspection: string, site: string, site_name: string, item: string | null, level: Level, hazard: string, part: string, basis: string, citable: boolean, deadline: string | null, note: string, state: FindingState, overdue: boolean, found: string, by: string, photos: PhotoView[] }
