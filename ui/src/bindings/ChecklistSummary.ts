import type { Text } from "./Text"
import type { EditionRef } from "./EditionRef"
import type { GroupSummary } from "./GroupSummary"

export type ChecklistSummary = { edition: EditionRef, sector: string, title: Text, in_force_from: string | null, in_force_until: string | null, groups: GroupSummary[] }
