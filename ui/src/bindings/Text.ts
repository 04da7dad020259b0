export type Text = { zh: string, en: string | null, bo: string | null }
