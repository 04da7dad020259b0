/** What a person has found so far on a recheck, kept on this laptop until it is finished. */
import type { RecheckDraft } from '../../bindings/RecheckDraft'
import type { RecheckItem } from '../../bindings/RecheckItem'
import type { RecheckVerdict } from '../../bindings/RecheckVerdict'

export const verdicts = ['pass', 'partial', 'fail'] as const
export const authorities = ['authority', 'grassroots', 'enterprise'] as const
export type Authority = (typeof authorities)[number]

export interface Result {
  verdict: (typeof verdicts)[number] | null
  false_rectification: boolean
  note: string
}
export type Results = Record<string, Result>

export const noResult = (): Result => ({ verdict: null, false_rectification: false, note: '' })

/** What was kept, or nothing of it when it cannot be read. */
export function resultsFrom(text: string | null): Results {
  try {
    const told = JSON.parse(text ?? '{}') as Results | null
    return told ?? {}
  } catch {
    return {}
  }
}

/** What is still missing of a result: its key under `recheck`; `null` when nothing is. */
export function missing(
  item: RecheckItem,
  result: Result,
  photosNow: number,
): 'note_needed' | 'photo_needed' | null {
  if (result.verdict === null) return null
  if (result.verdict !== 'pass' && result.note.trim() === '') return 'note_needed'
  if (item.grave && result.verdict === 'pass' && photosNow === 0) return 'photo_needed'
  return null
}

/** A station checks and reports; officers enforce. */
export const usualAuthority = (role: string | undefined): Authority =>
  role === 'station' ? 'grassroots' : 'authority'

export function draftOf(
  visit: string,
  items: RecheckItem[],
  results: Results,
  by: { authority: Authority; second: string | null; password: string },
): RecheckDraft {
  const told = items.flatMap(({ row }): RecheckVerdict[] => {
    const one = results[row.id]
    if (!one?.verdict) return []
    const { verdict, false_rectification, note } = one
    return [{ finding: row.id, verdict, false_rectification, note: note.trim() }]
  })
  const officers = by.authority === 'authority'
  return {
    visit,
    verdicts: told,
    authority: by.authority,
    second: officers ? by.second : null,
    password: officers ? by.password : null,
  }
}
