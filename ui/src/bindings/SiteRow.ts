export type SiteRow = { id: string, name: string, address: string, division: string, sectors: string[], owner: string | null, last_inspected: string | null, open_findings: number }
