import { expect, test } from 'vitest'
import type { ChecklistSummary } from '../../bindings/ChecklistSummary'
import { branches, groupRefs, scopeFor, sum, withEdition, withGroups } from './scope'

const checklist = (id: string, sector: string, paths: string[]): ChecklistSummary => ({
  edition: { id, version: '1', digest: 'd' },
  sector,
  title: { zh: id, en: null, bo: null },
  in_force_from: null,
  in_force_until: null,
  facilities: {},
  danger_levels: false,
  groups: paths.map((path) => ({ path, items: 10, major: 3 })),
})
const gas = checklist('city_gas', 'gas', ['major/station', 'major/bottle', 'daily'])
const fire = checklist('fire', 'fire', ['exit'])

test('groups of one branch stand together under its name', () => {
  expect(branches(gas.groups).map((b) => [b.name, b.leaves.map((l) => l.name)])).toEqual([
    ['major', ['station', 'bottle']],
    [null, ['daily']],
  ])
})

test("the site's checklists are chosen, their groups are not", () => {
  const scope = scopeFor([gas, fire], ['gas'])
  expect([...scope.keys()]).toEqual(['city_gas'])
  expect(groupRefs([gas, fire], scope)).toEqual([])
})

test('choosing groups counts them and keeps the order of the checklists', () => {
  let scope = withEdition(scopeFor([gas, fire], ['gas']), 'fire', true)
  scope = withGroups(scope, 'fire', ['exit'], true)
  scope = withGroups(scope, 'city_gas', ['daily', 'major/station'], true)
  expect(sum([gas, fire], scope)).toEqual({ checklists: 2, groups: 3, items: 30, major: 9 })
  expect(groupRefs([gas, fire], scope).map((ref) => ref.group)).toEqual([
    'major/station',
    'daily',
    'exit',
  ])
  expect(sum([gas, fire], withEdition(scope, 'fire', false)).groups).toBe(2)
})
