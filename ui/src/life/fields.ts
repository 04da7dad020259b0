/**
 * What each step in a finding's life asks for. The form shows these fields and nothing else, and the timeline
 * tells them in the same words. What is needed is what the core's table needs (docs/LIFE.md); a test
 * compares the two.
 */
import type { StepDetails } from '../bindings/StepDetails'

export type StepName = StepDetails['step']

export type FieldKind =
  | 'text'
  | 'long'
  /** A day that has been: today at the latest. */
  | 'day'
  /** A day to come. */
  | 'term'
  | 'choice'
  | 'person'
  | 'people'
  /** People who recheck: each is written with the certificate and the time. */
  | 'inspectors'
  | 'photos'
  /** Somebody outside: a name and what he or she is to the organization. */
  | 'told'
  | 'tick'
  /** Steps of this life, for a decision. */
  | 'steps'

/** When a field must be filled in. */
export type Need =
  | 'always'
  /** Of a major hazard. */
  | 'grave'
  /** When no recheck has found it put right. */
  | 'unproved'
  /** While it is suspended. */
  | 'suspended'

export interface Field<Name extends string = string> {
  name: Name
  kind: FieldKind
  need?: Need
  /** At least so many people, all different. */
  min?: 1 | 2
  /** Codes to choose from; their words are `words.<code>`. */
  choices?: readonly string[]
  words?: string
  /** Whether a sentence below says how to fill it in: `life.hint.<step>_<name>`; of a major hazard only. */
  hint?: 'always' | 'grave'
  /** Common words to put in with one key: `life.usual.<code>`. */
  usual?: readonly string[]
  /** Known without asking; told in the timeline alone. */
  silent?: boolean
}

export const verdicts = ['pass', 'partial', 'fail'] as const
export const recheckers = ['authority', 'grassroots', 'enterprise'] as const
export const ways = ['signed', 'left', 'phone', 'post', 'message'] as const
export const capacities = ['principal', 'controller', 'other'] as const
export const listingLevels = ['county', 'prefecture', 'region'] as const
export const rungs = ['letter', 'bulletin', 'talk', 'exposure'] as const
export const destinations = ['penalty', 'judicial', 'discipline'] as const
export const measures = ['leave', 'stop_business', 'stop_work', 'stop_use'] as const

type NamesOf<S extends StepName> =
  | Exclude<Extract<keyof Extract<StepDetails, { step: S }>, string>, 'step' | 'inspection'>
  | 'reason'

type Table = { [S in StepName]: readonly Field<NamesOf<S>>[] }

const reason = { name: 'reason', kind: 'long' } as const
const document = { name: 'document', kind: 'text' } as const
const day = { name: 'day', kind: 'day' } as const
const approver = { name: 'approver', kind: 'person', need: 'always' } as const

const recheck: readonly Field<NamesOf<'rechecked'>>[] = [
  { name: 'verdict', kind: 'choice', need: 'always', choices: verdicts, words: 'verdict' },
  {
    ...{ name: 'authority', kind: 'choice', need: 'always' },
    ...{ choices: recheckers, words: 'rechecker', hint: 'grave' },
  },
  { name: 'inspectors', kind: 'inspectors', need: 'always', min: 1, hint: 'always' },
  { name: 'false_rectification', kind: 'tick' },
  day,
  { name: 'photos', kind: 'photos' },
  document,
  reason,
]

export const fields: Table = {
  found: [],
  notified: [
    { name: 'people', kind: 'told', need: 'grave', hint: 'grave' },
    { name: 'way', kind: 'choice', need: 'grave', choices: ways, words: 'way' },
    { name: 'proof', kind: 'photos' },
    reason,
  ],
  rectifying: [
    { name: 'responsible', kind: 'text', need: 'grave' },
    { name: 'measures', kind: 'long', need: 'grave' },
    { name: 'funds', kind: 'text', need: 'grave', hint: 'grave' },
    { name: 'due', kind: 'term', need: 'grave', hint: 'grave' },
    { name: 'emergency', kind: 'long', need: 'grave' },
    { name: 'goal', kind: 'long' },
    { name: 'organization', kind: 'text' },
    { name: 'materials', kind: 'text' },
    reason,
  ],
  recheck_requested: [day, { name: 'photos', kind: 'photos' }, reason],
  rechecked: recheck,
  extended: [
    { name: 'from', kind: 'term', silent: true },
    { name: 'until', kind: 'term', need: 'always' },
    { name: 'asked', kind: 'day', need: 'always' },
    approver,
    document,
    { ...reason, need: 'always' },
  ],
  suspended: [{ name: 'measure', kind: 'text', need: 'always', usual: measures }, document, reason],
  resumed: [approver, document, reason],
  listed: [
    {
      ...{ name: 'level', kind: 'choice', need: 'always' },
      ...{ choices: listingLevels, words: 'listing_level' },
    },
    { name: 'number', kind: 'text', need: 'always' },
    day,
    reason,
  ],
  delisted: [approver, { name: 'number', kind: 'text' }, day, { ...reason, need: 'unproved' }],
  escalated: [
    { name: 'rung', kind: 'choice', need: 'always', choices: rungs, words: 'rung', hint: 'always' },
    document,
    day,
    reason,
  ],
  transferred: [
    { name: 'to', kind: 'choice', need: 'always', choices: destinations, words: 'destination' },
    document,
    reason,
  ],
  withdrawn: [
    { name: 'people', kind: 'people', need: 'always', min: 2 },
    { ...reason, need: 'always' },
  ],
  closed: [
    { name: 'remains_shut', kind: 'text', need: 'suspended', hint: 'always' },
    { name: 'before', kind: 'photos' },
    { name: 'after', kind: 'photos', need: 'grave' },
    { name: 'reviewers', kind: 'people', need: 'grave', min: 2 },
    { name: 'approver', kind: 'person', need: 'grave', hint: 'grave' },
    document,
    day,
    { ...reason, need: 'unproved' },
  ],
  reopened: [
    { name: 'deadline', kind: 'term', need: 'always' },
    { name: 'false_rectification', kind: 'tick' },
    { ...reason, need: 'always' },
  ],
  lookback: recheck,
  decided: [
    { name: 'stand', kind: 'steps', silent: true },
    { name: 'set_aside', kind: 'steps', silent: true },
    { ...reason, need: 'always' },
  ],
}

export const steps = Object.keys(fields) as StepName[]

export const isStep = (step: string): step is StepName => step in fields

/** What a form asks, without what is known already and what is asked only while it is suspended. */
export const askedOf = (step: StepName, suspended: boolean): Field[] =>
  (fields[step] as readonly Field[]).filter(
    (one) => !one.silent && (suspended || one.need !== 'suspended'),
  )
