/** The form of a site: what it begins with, what is kept while it is half written. Pure. */
import type { DivisionName } from '../../bindings/DivisionName'
import type { OrganizationDraft } from '../../bindings/OrganizationDraft'
import type { SiteDraft } from '../../bindings/SiteDraft'

export const roles = ['operator', 'owner', 'contractor', 'tenant'] as const

/** The fields of which a person chooses what is kept when two sites become one. */
export const mergeFields = [
  ...['name', 'address', 'division', 'contact', 'sectors', 'kinds'],
  ...['facilities', 'units', 'organizations', 'point'],
]

export const emptyDraft = (): SiteDraft => ({
  id: null,
  seen: null,
  name: '',
  address: '',
  division: '',
  sectors: [],
  kinds: [],
  facilities: [],
  units: [],
  contact: '',
  organizations: [],
})

export const emptyOrganization = (role: string): OrganizationDraft => ({
  id: null,
  role,
  name: '',
  credit_code: '',
  representative: '',
})

/** What was left half written, if it is a draft at all. */
export function parseDraft(text: string | null): SiteDraft | null {
  if (text === null) return null
  try {
    const draft: unknown = JSON.parse(text)
    return typeof draft === 'object' &&
      draft !== null &&
      'name' in draft &&
      'organizations' in draft
      ? { ...emptyDraft(), ...(draft as Partial<SiteDraft>) }
      : null
  } catch {
    return null
  }
}

/** A line of the form that nobody filled in is no organization. */
export function ready(draft: SiteDraft): SiteDraft {
  const filled = (one: OrganizationDraft) =>
    one.id !== null || [one.name, one.credit_code, one.representative].some((text) => text.trim())
  return { ...draft, organizations: draft.organizations.filter(filled) }
}

/** The divisions whose code or name begins so or holds every word, the greater ones first. */
export function matching(all: DivisionName[], typed: string, max: number): DivisionName[] {
  const words = typed.trim().split(/\s+/).filter(Boolean)
  if (words.length === 0) return []
  return all
    .filter((one) => words.every((word) => one.code.startsWith(word) || one.name.includes(word)))
    .slice(0, max)
}
