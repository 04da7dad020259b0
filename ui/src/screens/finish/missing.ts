/** What is missing before a visit ends, as lines that lead to their place. Pure. */
import type { RouteLocationRaw } from 'vue-router'
import type { ItemPlace } from '../../bindings/ItemPlace'
import type { Missing } from '../../bindings/Missing'

export interface Line {
  /** The sentence `finish.missing.<key>` and what stands in its gaps. */
  key: string
  params: Record<string, string | number>
  grave: boolean
  /** The item in the runner. */
  place: string | null
  /** The finding in its list; it comes before the item. */
  finding: string | null
}

const keyOf = (at: ItemPlace) => `${at.edition}/${at.item}/${at.facility}`
const named = (at: ItemPlace) => [at.item, at.facility].filter(Boolean).join(' ')

/** A long hazard is told in the list of findings; here it only says which. */
const shortMax = 24
const short = (text: string) => (text.length > shortMax ? `${text.slice(0, shortMax)}…` : text)

export function lineOf(missing: Missing): Line {
  switch (missing.kind) {
    case 'no_finding':
    case 'undecided':
    case 'undetermined':
      return {
        key: missing.kind,
        params: { code: named(missing.at) },
        grave: missing.kind !== 'undetermined',
        place: keyOf(missing.at),
        finding: null,
      }
    case 'disputed':
      return {
        key: missing.kind,
        params: { text: short(missing.text) },
        grave: true,
        place: missing.at ? keyOf(missing.at) : null,
        finding: missing.finding,
      }
    case 'no_photo':
    case 'no_deadline':
    case 'to_verify':
      return {
        key: missing.kind,
        params: { hazard: [missing.at?.item, short(missing.hazard)].filter(Boolean).join(' ') },
        grave: missing.kind === 'no_photo' && missing.major,
        place: missing.at ? keyOf(missing.at) : null,
        finding: missing.finding,
      }
    case 'open':
      return {
        key: 'open',
        params: { group: missing.group.replaceAll('/', ' · '), count: missing.count },
        grave: false,
        place: keyOf(missing.at),
        finding: null,
      }
  }
}

/** Where a line leads: what two people must settle, the finding itself, or the item in the runner. */
export function routeOf(line: Line, inspection: string): RouteLocationRaw {
  if (line.key === 'disputed') return '/conflicts'
  if (line.finding === null) return `/inspections/${inspection}`
  const query = { finding: line.finding, from: 'finish' }
  // Only a deadline needs the form: photos are added beside the finding, a clause is only read.
  const edit = line.key === 'no_deadline' ? { edit: '1' } : {}
  return { path: `/inspections/${inspection}/findings`, query: { ...query, ...edit } }
}

/** So many have a digit of their own. */
export const digits = 9

/** The line that a key press means: 1–9, by the place of the key. */
export function pressed(code: string, lines: Line[]): Line | null {
  const digit = /^(?:Digit|Numpad)([1-9])$/.exec(code)?.[1]
  return digit === undefined ? null : (lines[Number(digit) - 1] ?? null)
}
