/** What a step says, in words: the fields of the form, told back. */
import type { NotedPerson } from '../bindings/NotedPerson'
import type { StepDetails } from '../bindings/StepDetails'
import { i18n, listed, named } from '../i18n'
import { fields, isStep, type Field, type StepName } from './fields'

export interface Said {
  name: string
  label: string
  words: string
}

/** The name of a field: a step may call it by its own. */
export function labelOf(step: StepName, name: string): string {
  const own = `life.field.${step}_${name}`
  return i18n.global.te(own) ? i18n.global.t(own) : named('life.field', name)
}

export const choiceOf = (field: Field, code: string) => named(field.words ?? '', code)

export function toldWords(people: NotedPerson[]): string {
  return listed(
    people.map((one) =>
      one.capacity === null
        ? one.name
        : i18n.global.t('life.told', { name: one.name, capacity: named('capacity', one.capacity) }),
    ),
  )
}

export function saidOf(details: StepDetails, nameOf: (person: string) => string): Said[] {
  if (!isStep(details.step)) return []
  const { step } = details
  const values = details as unknown as Record<string, unknown>
  return fields[step].flatMap((field) => {
    const words = wordsOf(field, values[field.name], nameOf)
    // A tick says by itself what it means.
    const label = field.kind === 'tick' ? '' : labelOf(step, field.name)
    return words === '' ? [] : [{ name: field.name, label, words }]
  })
}

function wordsOf(field: Field, value: unknown, nameOf: (person: string) => string): string {
  if (value === null || value === undefined) return ''
  switch (field.kind) {
    case 'choice':
      return choiceOf(field, value as string)
    case 'person':
      return nameOf(value as string)
    case 'people':
      return listed((value as string[]).map(nameOf))
    case 'inspectors':
      return listed(
        (value as { person: string; certificate: string }[]).map((one) =>
          one.certificate
            ? i18n.global.t('life.certified', {
                name: nameOf(one.person),
                certificate: one.certificate,
              })
            : nameOf(one.person),
        ),
      )
    case 'photos':
    case 'steps': {
      const count = (value as string[]).length
      const key = field.kind === 'photos' ? 'life.photos' : 'life.steps'
      return count === 0 ? '' : i18n.global.t(key, { count })
    }
    case 'told':
      return toldWords(value as NotedPerson[])
    case 'tick':
      return value === true ? i18n.global.t('life.false') : ''
    default:
      return value as string
  }
}
