import type { EditionRef } from "./EditionRef"
import type { InspectionKind } from "./InspectionKind"
import type { GroupRef } from "./GroupRef"

export type InspectionDraft = { site: string, kind: InspectionKind, editions: EditionRef[], groups: GroupRef[], inspectors: string[], note: string }
