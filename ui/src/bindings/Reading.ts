export type Reading = { quantity: string, unit: string, value: string, limit: string | null }
