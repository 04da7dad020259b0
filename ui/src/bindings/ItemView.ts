import type { Text } from "./Text"
import type { EditionRef } from "./EditionRef"
import type { Level } from "./Level"
import type { MeasureView } from "./MeasureView"

export type ItemView = { edition: EditionRef, code: string, group: string, level: Level, question: Text, fail_on: "yes"|"no", hazard: string, evidence: string[], basis: string, citable: boolean, applies: string | null, condition: string | null, measures: MeasureView[], penalty: string | null, note: string | null }
