/** How the values of two people are told, and how a third is written. */
import type { ConflictView } from '../../bindings/ConflictView'
import { fault } from '../../faults'
import { civilDate, moment } from '../../format'
import { i18n, listed, named } from '../../i18n'
import { results } from '../runner/model'
import { kinds } from '../start/kinds'

/** Names of the people that a value may point to, by id. */
export type Names = ReadonlyMap<string, string>

/** The fields of visits, answers and findings; a newer program's are shown as they are. */
export const fields = [
  'level',
  'hazard',
  'part',
  'basis',
  'citable',
  'deadline',
  'note',
  'channel',
  'hazard_key',
  'found',
  'by',
  'at',
  'site',
  'item',
  'edition',
  'facility',
  'inspection',
  'result',
  'readings',
  'reason',
  'kind',
  'office',
  'inspectors',
  'begun',
  'editions',
  'groups',
  'finished',
] as const

/** Where the words for a field's values stand. */
const wordsOf: Record<string, string> = {
  level: 'level',
  result: 'answer',
  kind: 'kind',
  channel: 'channel',
}

const isInstant = (text: string) => /^\d{4}-\d{2}-\d{2}T/.test(text)
const written = (value: unknown) => (typeof value === 'string' ? value : '')

function thing(value: object, names: Names): string {
  const part = (name: string) => written((value as Record<string, unknown>)[name])
  if ('quantity' in value) return `${part('quantity')} ${part('value')} ${part('unit')}`.trim()
  if ('group' in value) return `${named('sector', part('edition'))} ${part('group')}`
  if ('version' in value) return `${named('sector', part('id'))} ${part('version')}`
  // The end of a visit: whoever decides between two must see which one two inspectors confirmed.
  if ('digest' in value) {
    const confirmed = (value as Record<string, unknown>)['confirmed']
    const two = Array.isArray(confirmed) && confirmed.length >= 2
    const as = i18n.global.t(two ? 'finish.enforcement' : 'finish.record')
    return `${as} ${names.get(part('by')) ?? ''} ${moment(part('at'))}`.replace(/ +/g, ' ')
  }
  return JSON.stringify(value)
}

/** A value as a person reads it. */
export function shown(field: string, value: unknown, names: Names): string {
  if (value === null || value === undefined || value === '') return i18n.global.t('conflicts.empty')
  if (Array.isArray(value)) {
    if (value.length === 0) return i18n.global.t('conflicts.empty')
    return listed(value.map((one: unknown) => shown(field, one, names)))
  }
  if (typeof value === 'boolean') return i18n.global.t(value ? 'conflicts.yes' : 'conflicts.no')
  if (typeof value === 'object') return thing(value, names)
  if (typeof value !== 'string') return JSON.stringify(value)
  if (isInstant(value)) return moment(value)
  const words = wordsOf[field]
  return words ? named(words, value) : (names.get(value) ?? value)
}

export type Editor = 'choice' | 'date' | 'text'

const editors: Record<string, Editor> = {
  level: 'choice',
  result: 'choice',
  kind: 'choice',
  deadline: 'date',
  hazard: 'text',
  part: 'text',
  basis: 'text',
  note: 'text',
  reason: 'text',
}

/** The field for a third value; none where free text would spoil it, as in lists and ids. */
export function editorOf({ field, winner, loser }: ConflictView): Editor | null {
  const plain = [winner.value, loser.value].every(
    (value) => value === null || typeof value === 'string',
  )
  return plain ? (editors[field] ?? null) : null
}

export function choicesOf(field: string): { value: string; name: string }[] {
  const values: Record<string, readonly string[]> = {
    level: ['major', 'general', 'element'],
    result: results,
    kind: kinds,
  }
  const words = wordsOf[field] ?? field
  return (values[field] ?? []).map((value) => ({ value, name: named(words, value) }))
}

/** What is sent for what was typed; refused here where a person can still see why. */
export function third(field: string, typed: string): string | null {
  const text = typed.trim()
  if (field === 'deadline') {
    if (text === '') return null
    const civil = civilDate(text)
    if (civil === null) throw fault('date_invalid')
    return civil
  }
  if (field === 'hazard' && text === '') throw fault('hazard_required')
  return text
}

/** What a person must decide comes first. */
export function ordered(list: ConflictView[]): ConflictView[] {
  return [...list.filter((one) => one.disputed), ...list.filter((one) => !one.disputed)]
}
