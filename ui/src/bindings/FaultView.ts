export type FaultView = { code: string, key: string, params: Record<string,string>, field: string | null, log_id: string | null }
