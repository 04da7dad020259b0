/** What is to be checked: which checklists, and which of their groups. Pure. */
import type { ChecklistSummary } from '../../bindings/ChecklistSummary'
import type { GroupRef } from '../../bindings/GroupRef'
import type { GroupSummary } from '../../bindings/GroupSummary'

/** Edition id → the paths of its chosen groups; an edition that is not a key is not chosen. */
export type Scope = ReadonlyMap<string, ReadonlySet<string>>

export interface Branch {
  /** The common first part of the paths; null for groups that stand alone. */
  name: string | null
  leaves: { group: GroupSummary; name: string }[]
}

/** Paths read `branch/leaf`; groups without a branch stay in one nameless branch in their place. */
export function branches(groups: GroupSummary[]): Branch[] {
  const found: Branch[] = []
  for (const group of groups) {
    const cut = group.path.indexOf('/')
    const name = cut < 0 ? null : group.path.slice(0, cut)
    const leaf = { group, name: cut < 0 ? group.path : group.path.slice(cut + 1) }
    const branch = found.find((one) => one.name === name)
    if (branch) branch.leaves.push(leaf)
    else found.push({ name, leaves: [leaf] })
  }
  return found
}

/** The checklists of the site's sectors are chosen at once; their groups a person names. */
export function scopeFor(checklists: ChecklistSummary[], sectors: string[]): Scope {
  const own = checklists.filter((one) => sectors.includes(one.sector))
  return new Map(own.map((one) => [one.edition.id, new Set<string>()]))
}

export function withEdition(scope: Scope, edition: string, chosen: boolean): Scope {
  const next = new Map(scope)
  if (chosen) next.set(edition, new Set())
  else next.delete(edition)
  return next
}

export function withGroups(scope: Scope, edition: string, paths: string[], on: boolean): Scope {
  const groups = new Set(scope.get(edition) ?? [])
  for (const path of paths) {
    if (on) groups.add(path)
    else groups.delete(path)
  }
  return new Map(scope).set(edition, groups)
}

export interface Sum {
  checklists: number
  groups: number
  items: number
  major: number
}

export function sum(checklists: ChecklistSummary[], scope: Scope): Sum {
  const total = { checklists: 0, groups: 0, items: 0, major: 0 }
  for (const one of checklists) {
    const chosen = scope.get(one.edition.id)
    if (!chosen) continue
    total.checklists += 1
    for (const group of one.groups.filter((g) => chosen.has(g.path))) {
      total.groups += 1
      total.items += group.items
      total.major += group.major
    }
  }
  return total
}

/** In the order of the checklists, because the runner shows the items in this order. */
export function groupRefs(checklists: ChecklistSummary[], scope: Scope): GroupRef[] {
  return checklists.flatMap((one) =>
    one.groups
      .filter((group) => scope.get(one.edition.id)?.has(group.path))
      .map((group) => ({ edition: one.edition.id, group: group.path })),
  )
}
