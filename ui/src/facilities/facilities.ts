/** What stands on a site: which facilities, and the names where there are several of a kind. Pure. */
import type { ChecklistSummary } from '../bindings/ChecklistSummary'
import type { FacilityUnit } from '../bindings/FacilityUnit'

export interface Profile {
  /** As `edition/facility`; none of a checklist: not known, everything is asked. */
  facilities: string[]
  units: FacilityUnit[]
}

/** The keys of one checklist mean nothing in another. */
export const keyOf = (edition: string, facility: string) => `${edition}/${facility}`

export const namesOf = (profile: Profile, key: string) =>
  profile.units.filter((unit) => unit.facility === key).map((unit) => unit.name)

export function withFacility(profile: Profile, key: string, on: boolean): Profile {
  const rest = profile.facilities.filter((one) => one !== key)
  return {
    facilities: on ? [...rest, key] : rest,
    units: on ? profile.units : profile.units.filter((unit) => unit.facility !== key),
  }
}

/** One line of names: with 、 or a comma between them; a name twice is one. */
export function parseNames(typed: string): string[] {
  const names = typed.split(/[、，,；;\n]/).map((name) => name.trim())
  return [...new Set(names.filter(Boolean))]
}

export function withNames(profile: Profile, key: string, names: string[]): Profile {
  const others = profile.units.filter((unit) => unit.facility !== key)
  // One alone needs no name: then the item is asked once, as it stands.
  const units = names.length > 1 ? names.map((name) => ({ facility: key, name })) : []
  return { facilities: profile.facilities, units: [...others, ...units] }
}

/** Only what the chosen checklists know. */
export function within(profile: Profile, checklists: ChecklistSummary[]): Profile {
  const known = new Set(
    checklists.flatMap((one) =>
      Object.keys(one.facilities).map((facility) => keyOf(one.edition.id, facility)),
    ),
  )
  return {
    facilities: profile.facilities.filter((key) => known.has(key)),
    units: profile.units.filter((unit) => known.has(unit.facility)),
  }
}
