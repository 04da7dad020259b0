export type FindingState = "found" | "notified" | "closed" | string
