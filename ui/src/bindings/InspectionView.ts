import type { ItemView } from "./ItemView"
import type { InspectionRow } from "./InspectionRow"
import type { Answer } from "./Answer"
import type { FindingRow } from "./FindingRow"
import type { PhotoView } from "./PhotoView"

export type InspectionView = { row: InspectionRow, items: ItemView[], answers: Answer[], findings: FindingRow[], photos: PhotoView[], not_checked: number, finished: string | null , place: string | null }
