/** What the checklist screens say of editions, items and faults. Pure but for the language. */
import type { EditionGroup } from '../../bindings/EditionGroup'
import type { EditionRow } from '../../bindings/EditionRow'
import type { ImportFault } from '../../bindings/ImportFault'
import type { Measure } from '../../bindings/Measure'
import type { Said } from '../../bindings/Said'
import { i18n, listed, named, read } from '../../i18n'

export const origins = ['built_in', 'office', 'own', 'folder', 'kept'] as const
export const states = ['in_force', 'replaced', 'not_yet', 'ended'] as const

/** The fields that can change between two editions, as the file format names them. */
export const diffFields = [
  ...['title', 'sector', 'in_force', 'default_penalty', 'tables', 'rules'],
  ...['name'],
  ...['question', 'fail_on', 'level', 'measures', 'measures_fail', 'conditions', 'hazard'],
  ...['source', 'source_ids', 'official_item', 'citable', 'confidence', 'use', 'applies'],
  ...['condition', 'facilities', 'evidence', 'penalty', 'group', 'hazard_key', 'enabled', 'tier'],
  ...['rule_set', 'list', 'maps_to', 'judgement', 'note'],
  ...['number', 'issuer', 'issued', 'effective', 'effective_note', 'status', 'scope', 'url'],
  ...['pdf', 'verification'],
]

/** The words of the format's fixed lists, beside levels, sectors and comparisons. */
export const formatWords = [
  ...['true', 'false', 'yes', 'no', 'all', 'any', 'core', 'extra'],
  ...['verified', 'verified_secondary', 'partial', 'topic_only', 'background'],
  ...['prejudge_only', 'hint_only'],
]

/** Why a file cannot be imported. */
export const importReasons = [
  ...['file_too_large', 'too_complex', 'unreadable', 'unknown_field', 'missing_field'],
  ...['repeated_field', 'unknown_word', 'unknown_format', 'bad_id', 'bad_code'],
  ...['wrong_kind_date', 'wrong_kind_yes_no', 'wrong_kind_list', 'wrong_kind_fields'],
  ...['wrong_kind_text', 'wrong_kind_other', 'duplicate_code', 'duplicate_source'],
  ...['empty_text', 'text_too_long', 'nothing', 'too_many', 'unknown_facility'],
  ...['unknown_source', 'threshold_missing', 'threshold_several', 'threshold_not_decimal'],
  ...['threshold_bad_range', 'threshold_not_on_scale', 'threshold_bad_scale'],
  ...['threshold_limit_without_source', 'threshold_source_without_value'],
  ...['measures_fail_missing', 'topic_only_enabled', 'citable_unverified'],
  ...['citable_without_source', 'in_force_reversed', 'table_decimal', 'bad_table'],
  ...['rule_unknown_item', 'rule_unknown_premises', 'rule_unknown_rule', 'rule_bad_count'],
  ...['rule_direct_count', 'rule_test_fails'],
  ...['sheet_too_large', 'sheet_too_much', 'sheet_unreadable', 'sheet_old', 'sheet_missing'],
  ...['sheet_unknown', 'header_missing', 'column_unknown', 'column_twice', 'entry_unknown'],
  ...['cell_empty', 'word_unknown', 'cell_error', 'formula_empty', 'percent', 'not_text'],
  ...['cell_too_long', 'item_unknown', 'group_empty', 'too_large_to_send', 'known_already'],
  ...['version_taken', 'not_utf8', 'other'],
]

/** What is wrong, in a sentence; a reason from a newer program is at least named. */
export function reasonOf(fault: ImportFault): string {
  const key = `checklists.reason.${fault.key}`
  return i18n.global.te(key)
    ? i18n.global.t(key, fault.params)
    : i18n.global.t('checklists.reason.other', { key: fault.key })
}

/** A word of the format in the reader's language. */
export function wordOf(field: string, word: string): string {
  if (field === 'level' || field === 'sector') return named(field, word)
  return named('checklists.word', word)
}

/** The limit of a number to enter, as a sentence. */
export function measureRule(measure: Measure): string {
  const bound =
    measure.value ?? measure.range?.join(' – ') ?? (measure.limit ? read(measure.limit) : '')
  const unit = measure.limit === null && measure.scale === null ? measure.unit : ''
  const rule = [named('op', measure.op), bound, unit].filter(Boolean).join(' ')
  const role = measure.role === 'applies_when' ? 'applies_when' : 'fails_when'
  const parts = [i18n.global.t(`measure.${role}`, { rule })]
  if (measure.limit_from) parts.push(named('limit_from', measure.limit_from))
  if (measure.value_from) parts.push(i18n.global.t('checklists.of_design'))
  if (measure.scale) parts.push(i18n.global.t('checklists.scale', { scale: listed(measure.scale) }))
  for (const text of [measure.also, measure.note]) if (text) parts.push(read(text))
  return `${read(measure.quantity)}（${measure.unit}）· ${parts.join(' · ')}`
}

/** One text of a field, and its language where it is not the reader's own choice. */
export interface SaidText {
  lang: string | undefined
  text: string
}

/** What a field says, language by language: a changed translation is a change too. */
export function saidTexts(field: string, said: Said): SaidText[] {
  if (said.kind === 'word') return [{ lang: undefined, text: wordOf(field, said.word) }]
  if (said.kind === 'measure') return [{ lang: undefined, text: measureRule(said.measure) }]
  const { zh, en, bo } = said.text
  const all: [string, string | null][] = [
    ['zh-CN', zh],
    ['en', en],
    ['bo', bo],
  ]
  return all.flatMap(([lang, text]) => (text === null ? [] : [{ lang, text }]))
}

/** From when until when, in words. */
export function validity(from: string | null, until: string | null): string {
  if (from === null && until === null) return i18n.global.t('checklists.always')
  if (until === null) return i18n.global.t('checklists.from', { from: from ?? '' })
  if (from === null) return i18n.global.t('checklists.until', { until })
  return i18n.global.t('checklists.from_until', { from, until })
}

/** The editions that hold every typed word in their title, id, version or sector. */
export function searchEditions(rows: EditionRow[], typed: string): EditionRow[] {
  return rows.filter((row) =>
    fits(typed, [
      row.title.zh,
      row.title.en ?? '',
      row.edition.id,
      row.edition.version,
      named('sector', row.sector),
    ]),
  )
}

/** The groups with the items that hold every typed word; groups without any are left out. */
export function searchGroups(groups: EditionGroup[], typed: string): EditionGroup[] {
  if (typed.trim() === '') return groups
  return groups
    .map((group) => ({
      path: group.path,
      items: group.items.filter(({ item }) =>
        fits(typed, [
          item.code,
          item.question.zh,
          item.question.en ?? '',
          item.hazard,
          item.basis,
          group.path,
        ]),
      ),
    }))
    .filter((group) => group.items.length > 0)
}

function fits(typed: string, texts: string[]): boolean {
  const text = texts.join(' ').toLowerCase()
  const words = typed.toLowerCase().split(/\s+/).filter(Boolean)
  return words.every((word) => text.includes(word))
}

/** The first `count` items, whole groups and the beginning of the last: a thousand at once is slow. */
export function firstItems(groups: EditionGroup[], count: number): EditionGroup[] {
  const shown: EditionGroup[] = []
  let left = count
  for (const group of groups) {
    if (left <= 0) break
    shown.push({ path: group.path, items: group.items.slice(0, left) })
    left -= group.items.length
  }
  return shown
}

export const countItems = (groups: EditionGroup[]) =>
  groups.reduce((sum, group) => sum + group.items.length, 0)
