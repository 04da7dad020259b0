export type GroupSummary = { path: string, items: number, major: number }
