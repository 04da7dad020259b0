export type GroupRef = { edition: string, group: string }
