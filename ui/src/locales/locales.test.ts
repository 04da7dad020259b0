import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { sayings } from '../health/care'
import { windOf } from '../photos/viewer/facts'
import { keysDrawing, keysLooking } from '../photos/viewer/keys'
import { tools } from '../photos/viewer/marks'
import { fields } from '../screens/conflicts/values'
import {
  diffFields,
  formatWords,
  importReasons,
  origins,
  states,
} from '../screens/checklists/words'
import { columns } from '../screens/manifest/verify'
import * as life from '../life/fields'
import { columns as ledgerColumns } from '../screens/ledger/columns'
import * as ledger from '../screens/ledger/filters'
import { results } from '../screens/runner/model'
import { mergeFields, roles } from '../screens/sites/drafts'
import { whiches } from '../screens/sites/filters'
import { columns as columnMeanings, states as importStates } from '../screens/sites/importing'
import { kinds } from '../screens/start/kinds'
import { levels as askedLevels, periods } from '../screens/statistics/asked'
import { measures } from '../screens/statistics/cells'
import { hows } from '../screens/statistics/figures'
import { headlines, reasons } from '../screens/sync/progress'
import en from './en.json'
import zh from './zh-CN.json'

type Tree = { [name: string]: string | Tree }

function flat(tree: Tree, prefix = ''): Map<string, string> {
  const found = new Map<string, string>()
  for (const [name, value] of Object.entries(tree)) {
    if (typeof value === 'string') found.set(prefix + name, value)
    else for (const [key, text] of flat(value, `${prefix}${name}.`)) found.set(key, text)
  }
  return found
}

const chinese = flat(zh)
const english = flat(en)
const placeholders = (text: string) => (text.match(/\{\w+\}/g) ?? []).sort()

const src = join(import.meta.dirname, '..')
const files = readdirSync(src, { recursive: true, encoding: 'utf8' })
  .filter((name) => /\.(vue|ts)$/.test(name) && !/\.test\.ts$|^bindings/.test(name))
  .map((name) => ({ name, text: readFileSync(join(src, name), 'utf8') }))

test('both languages have the same keys with the same placeholders', () => {
  expect([...english.keys()].sort()).toEqual([...chinese.keys()].sort())
  for (const [key, text] of chinese) {
    expect(placeholders(english.get(key) ?? ''), key).toEqual(placeholders(text))
  }
})

test('every key named in the code exists', () => {
  for (const { name, text } of files) {
    const used = text.matchAll(/\bt\(\s*'([^']+)'|\bname: '(\w+\.\w+)'/g)
    for (const [, called, listed] of used) {
      const key = called ?? listed ?? ''
      expect(chinese.has(key), `${key} in ${name}`).toBe(true)
    }
    for (const [, key] of text.matchAll(/\bfault\('(\w+)'/g)) {
      expect(chinese.has(`fault.${key ?? ''}`), `fault.${key ?? ''} in ${name}`).toBe(true)
    }
  }
})

const doubts = [
  ...['taken_before', 'taken_after', 'camera_clock', 'laptop_clock', 'far_from_site'],
  ...['twin', 'cut_short', 'blurred', 'dark'],
]

const recordKinds = [
  ...['office', 'person', 'membership', 'organization', 'site', 'edition'],
  ...['inspection', 'answer', 'finding', 'transition', 'photo'],
]

test('every value with a name of its own has one', () => {
  const named = [
    ...results.map((result) => `answer.${result}`),
    ...kinds.map((kind) => `kind.${kind}`),
    ...['major', 'general', 'element'].map((level) => `level.${level}`),
    ...[...ledger.states, 'rechecked'].map((state) => `state.${state}`),
    ...life.steps.map((step) => `step.${step}`),
    ...life.verdicts.map((verdict) => `verdict.${verdict}`),
    ...life.recheckers.map((by) => `rechecker.${by}`),
    ...life.ways.map((way) => `way.${way}`),
    ...life.capacities.map((capacity) => `capacity.${capacity}`),
    ...[...life.listingLevels, ...ledger.listings].map((level) => `listing_level.${level}`),
    ...life.rungs.map((rung) => `rung.${rung}`),
    ...life.destinations.map((to) => `destination.${to}`),
    ...life.measures.map((measure) => `life.usual.${measure}`),
    ...ledger.dues.map((due) => `ledger.due_when.${due}`),
    ...ledgerColumns.map((column) => `ledger.column.${column}`),
    ...['open', 'overdue', 'disputed'].map((tick) => `ledger.${tick}`),
    ...['set_aside', 'contradicts', 'agrees', 'void', 'unknown'].map(
      (standing) => `life.standing.${standing}`,
    ),
    ...['inspector', 'station', 'supervisor'].map((role) => `role.${role}`),
    ...['done', 'waiting', 'working', 'offline', 'trouble'].map((light) => `light.${light}`),
    ...headlines.flatMap((said) => [`sync.state.${said}`, `sync.why.${said}`]),
    ...['moment', 'minutes', 'hours', 'days'].flatMap((unit) => [
      `sync.left.${unit}`,
      `sync.ago.${unit}`,
    ]),
    ...['records', 'evidence', 'originals'].map((tick) => `sync.tick.${tick}`),
    ...reasons.map((reason) => `rejected.${reason}`),
    ...fields.map((field) => `field.${field}`),
    ...origins.map((origin) => `checklists.origin.${origin}`),
    ...states.map((state) => `checklists.state.${state}`),
    ...diffFields.map((field) => `checklists.field.${field}`),
    ...formatWords.map((word) => `checklists.word.${word}`),
    ...importReasons.map((reason) => `checklists.reason.${reason}`),
    ...recordKinds.map((kind) => `record.${kind}`),
    ...['inspection', 'self_report', 'tip_off'].map((channel) => `channel.${channel}`),
    ...['fails_when', 'applies_when'].map((role) => `measure.${role}`),
    ...['no_equipment', 'no_activity', 'out_of_scope'].map((reason) => `runner.usual.${reason}`),
    ...['yes', 'no'].map((says) => `runner.says_${says}`),
    ...doubts.flatMap((kind) => [`photo.doubt.${kind}`, `photo.doubt_short.${kind}`]),
    ...['no_decoder', 'too_large', 'damaged'].map((why) => `photo.trouble.${why}`),
    ...['camera', 'receiver', 'hand'].map((source) => `photo.place_by.${source}`),
    ...['file', 'phone', 'webcam'].map((source) => `photo.source.${source}`),
    ...[...keysLooking, ...keysDrawing].map(([, does]) => `photo.keys.${does}`),
    ...columns.map((column) => `manifest.column.${column}`),
    ...tools.map((tool) => `photo.tool.${tool}`),
    ...['seconds', 'minutes', 'hours', 'days'].map((unit) => `photo.span.${unit}`),
    ...[0, 45, 90, 135, 180, 225, 270, 315].map((at) => `photo.wind.${windOf(at)}`),
    ...['in_charge', 'inspector', 'witness'].map((role) => `manifest.roles.${role}`),
    ...Object.entries(sayings).flatMap(([key, said]) =>
      ['name', ...said].map((one) => `health.${key}.${one}`),
    ),
    ...['ok', 'warn', 'bad'].map((state) => `health.worst.${state}`),
    ...['salvage', 'fetch', 'sync', 'room', 'backup', 'checklists'].map(
      (remedy) => `health.remedy.${remedy}`,
    ),
    ...['never', 'old', 'unsent'].map((due) => `backup.due.${due}`),
    ...whiches.map((one) => `sites.whiches.${one}`),
    ...roles.map((role) => `sites.roles.${role}`),
    ...columnMeanings.map((column) => `sites.column.${column}`),
    ...importStates.map((state) => `sites.import_state.${state}`),
    ...['survivor', 'duplicate'].map((side) => `sites.merge_side.${side}`),
    ...mergeFields.map((field) => `sites.field.${field}`),
    ...hows.flatMap((of) => ['figure', 'how', 'sources'].map((said) => `statistics.${said}.${of}`)),
    ...periods.map((period) => `statistics.periods.${period}`),
    ...askedLevels.map((level) => `statistics.levels.${level}`),
    ...measures.map((measure) => `statistics.measure.${measure}`),
    ...['day', 'order'].map((wrong) => `statistics.wrong.${wrong}`),
    ...['letter', 'bulletin', 'talk', 'exposure'].map((rung) => `statistics.rung.${rung}`),
    ...['on_time', 'delisted'].flatMap((one) => [
      `statistics.listed.${one}`,
      `statistics.listed_of.${one}`,
    ]),
    ...['whole', 'altered', 'missing', 'elsewhere'].map((end) => `manifest.verdict.${end}`),
  ]
  expect(named.filter((key) => !chinese.has(key))).toEqual([])
})

test('Chinese stands in the locale files only', () => {
  // 、 joins lists and （） brackets a condition; they are punctuation, not words.
  const han = /\p{Script=Han}/u
  expect(files.filter(({ text }) => han.test(text)).map(({ name }) => name)).toEqual([])
})
