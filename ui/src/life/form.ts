/** What a person fills in for a step, and what of it is sent. Pure. */
import type { LifeView } from '../bindings/LifeView'
import type { NotedPerson } from '../bindings/NotedPerson'
import type { StepDetails } from '../bindings/StepDetails'
import { civilDate } from '../format'
import { askedOf, fields, type Field, type StepName } from './fields'

export type FieldValue = string | boolean | string[] | NotedPerson[]
export type Form = Record<string, FieldValue>

/** What the form must know of the life to say what is needed. */
export interface Standing {
  grave: boolean
  passed: boolean
  suspended: boolean
}

export const standingOf = (view: LifeView): Standing => ({
  grave: view.life.grave,
  passed: view.life.state === 'passed',
  suspended: view.life.suspended,
})

function emptyOf(field: Field): FieldValue {
  switch (field.kind) {
    case 'people':
    case 'inspectors':
    case 'photos':
    case 'steps':
      return []
    case 'told':
      return [{ name: '', capacity: 'principal' }]
    case 'tick':
      return false
    default:
      return ''
  }
}

export const blank = (step: StepName): Form =>
  Object.fromEntries(fields[step].map((field) => [field.name, emptyOf(field)]))

/** What was kept half filled in; what has another shape than the field is left out. */
export function parseForm(step: StepName, start: Form, text: string | null): Form {
  let read: unknown
  try {
    read = JSON.parse(text ?? 'null')
  } catch {
    return start
  }
  if (typeof read !== 'object' || read === null) return start
  const kept = read as Record<string, FieldValue | undefined>
  const form = { ...start }
  for (const { name } of askedOf(step, true)) {
    const value = kept[name]
    const known = form[name]
    const same = typeof value === typeof known && Array.isArray(value) === Array.isArray(known)
    if (value !== undefined && same) form[name] = value
  }
  return form
}

/** What was kept half filled in for the same ones: what was told of some is not said of others. */
export function draftText(text: string | null, wanted: string | undefined): string | null {
  try {
    const read = JSON.parse(text ?? 'null') as { draft_for?: unknown } | null
    return read !== null && read.draft_for === wanted ? text : null
  } catch {
    return null
  }
}

export const textOf = (form: Form, name: string) => {
  const value = form[name]
  return typeof value === 'string' ? value.trim() : ''
}

export const idsOf = (form: Form, name: string): string[] =>
  ((form[name] ?? []) as string[]).filter((one) => typeof one === 'string')

export const toldOf = (form: Form, name: string): NotedPerson[] =>
  ((form[name] ?? []) as NotedPerson[])
    .map((one) => ({ ...one, name: one.name.trim() }))
    .filter((one) => one.name !== '')

/** How many people a field wants: two officers where an authority rechecks. */
export function minOf(field: Field, form: Form): number {
  if (field.kind === 'inspectors' && form['authority'] === 'authority') return 2
  return field.min ?? 1
}

export function isNeeded(field: Field, standing: Standing): boolean {
  switch (field.need) {
    case 'always':
      return true
    case 'grave':
      return standing.grave
    case 'unproved':
      return !standing.passed
    case 'suspended':
      return standing.suspended
    default:
      return false
  }
}

function isGiven(field: Field, form: Form): boolean {
  switch (field.kind) {
    case 'people':
    case 'inspectors':
      return new Set(idsOf(form, field.name)).size >= minOf(field, form)
    case 'photos':
    case 'steps':
      return idsOf(form, field.name).length > 0
    case 'told':
      return toldOf(form, field.name).some((one) => one.capacity !== 'other')
    case 'tick':
      return form[field.name] === true
    default:
      return textOf(form, field.name) !== ''
  }
}

/** Fields that are needed and not filled in, in the order of the form. */
export const missingOf = (step: StepName, form: Form, standing: Standing): Field[] =>
  askedOf(step, true).filter((field) => isNeeded(field, standing) && !isGiven(field, form))

/** Days that nobody can read. */
export const misreadOf = (step: StepName, form: Form): Field[] =>
  askedOf(step, true).filter(
    ({ kind, name }) =>
      (kind === 'day' || kind === 'term') &&
      textOf(form, name) !== '' &&
      civilDate(textOf(form, name)) === null,
  )

/** What is sent beside what was typed. */
export interface Around {
  /** The deadline that an extension puts off, as the person sees it. */
  deadline: string | null
  now: string
  certificateOf: (person: string) => string
}

function valueOf(field: Field, form: Form, around: Around): unknown {
  switch (field.kind) {
    case 'day':
    case 'term':
      return civilDate(textOf(form, field.name))
    case 'choice':
    case 'person':
      return textOf(form, field.name) || null
    case 'inspectors':
      return idsOf(form, field.name).map((person) => ({
        person,
        certificate: around.certificateOf(person),
        at: around.now,
      }))
    case 'people':
    case 'photos':
    case 'steps':
      return idsOf(form, field.name)
    case 'told':
      return toldOf(form, field.name)
    case 'tick':
      return form[field.name] === true
    default:
      return textOf(form, field.name)
  }
}

export function detailsOf(step: StepName, form: Form, around: Around): StepDetails {
  const details: Record<string, unknown> = { step }
  for (const field of fields[step]) {
    if (field.name !== 'reason') details[field.name] = valueOf(field, form, around)
  }
  if (step === 'extended') details['from'] = around.deadline
  if (step === 'rechecked' || step === 'lookback') details['inspection'] = null
  return details as StepDetails
}

/** What is known before anybody types. */
export interface Known {
  me: string
  role: string
  view: LifeView
  before: string[]
  after: string[]
}

export function startOf(step: StepName, known: Known): Form {
  const form = blank(step)
  const { view } = known
  switch (step) {
    case 'rechecked':
    case 'lookback':
      // A station checks and reports; it enforces nothing.
      form['authority'] = known.role === 'station' ? 'grassroots' : 'authority'
      form['inspectors'] = [known.me]
      break
    case 'rectifying':
      for (const [name, value] of Object.entries(view.life.plan ?? {})) {
        if (name in form && typeof value === 'string') form[name] = value
      }
      break
    case 'withdrawn':
      form['people'] = [known.me]
      break
    case 'escalated':
      form['rung'] = view.rung_due ?? ''
      break
    case 'closed':
      form['before'] = known.before
      form['after'] = known.after
      break
    default:
  }
  return form
}
