/** The way down from the region to its villages, by the digits of a division. Pure. */
import type { DivisionName } from '../../bindings/DivisionName'

/** Every division has a code of the region: none other can be entered. */
export const wholeRegion = '54'
/** Digits of prefecture, county and township. */
const levels = [4, 6, 9]

/** The digits of a division to go down to; anything else is the whole region. */
export const regionOf = (text: string): string =>
  /^54\d+$/.test(text) && levels.includes(text.length) ? text : ''

/** The divisions that hold this one, the greatest first, and itself. */
export const wayTo = (region: string): string[] =>
  levels.filter((digits) => digits <= region.length).map((digits) => region.slice(0, digits))

/** The division that holds this one; empty: the whole region. */
const above = (region: string): string =>
  wayTo(region)
    .filter((one) => one !== region)
    .at(-1) ?? ''

/** `540100`: what belongs to the prefecture 5401 and to none of its counties. */
export function ofItself(region: string): boolean {
  const over = above(region)
  return over !== '' && /^0+$/.test(region.slice(over.length))
}

/** Whether a row has parts that can be shown: villages have none. */
export const hasParts = (region: string): boolean => regionOf(region) !== '' && !ofItself(region)

/** Names by themselves, as of a county. They come whole, with all that holds them; below the others one part is enough. */
export function shortNames(all: DivisionName[]): (region: string) => string {
  const names = new Map(all.map((one) => [one.code, one.name]))
  const whole = (region: string) => names.get(region.padEnd(12, '0'))
  const short = (region: string): string => {
    const over = above(region)
    if (ofItself(region)) return short(over)
    const name = whole(region)
    if (name === undefined) return region
    const before = whole(over) ?? ''
    return name.startsWith(before) ? name.slice(before.length) : name
  }
  return short
}
