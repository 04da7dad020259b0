/** Words for what the ledger keeps as codes. Pure. */
import type { DivisionFacet } from '../../bindings/DivisionFacet'

const digitsMin = 4

/** The smallest place whose name is known here: 540122001000 → its township, else its county. */
export function regionName(region: string, names: ReadonlyMap<string, string>): string {
  for (let end = region.length; end >= digitsMin; end -= 1) {
    const name = names.get(region.slice(0, end))
    if (name !== undefined) return name
  }
  return region
}

export const namesOf = (divisions: DivisionFacet[]): ReadonlyMap<string, string> =>
  new Map(divisions.map((one) => [one.digits, one.name]))
