/** A place as a person types it, and as it is shown. WGS-84, never turned into another system. Pure. */
import type { Point } from '../../bindings/Point'
import { fault } from '../../faults'

/** The same limit as the core's. */
export const placeWordsMax = 200

const e7 = 10_000_000

// The words of Chinese maps, as their code points: texts in Chinese stand in the locale files only.
const words: [RegExp, string][] = [
  [/\u5317\u7eac[:\uff1a]?/g, 'N'], // north latitude
  [/\u5357\u7eac[:\uff1a]?/g, 'S'],
  [/\u4e1c\u7ecf[:\uff1a]?/g, 'E'], // east longitude
  [/\u897f\u7ecf[:\uff1a]?/g, 'W'],
  [/[\u2032\u2019\u00b4\u5206]/g, "'"], // minutes
  [/[\u2033\u201c\u201d\u79d2]|''/g, '"'], // seconds
  [/[\u00ba\u02da\u5ea6]/g, '\u00b0'], // degrees
  [/[\u3001;\uff1b]/g, ','],
]

const plain = (typed: string): string =>
  words
    .reduce((text, [word, sign]) => text.replace(word, sign), typed)
    // Digits and signs of double width. Before, it would tear the degree sign apart.
    .normalize('NFKC')
    .trim()
    .toUpperCase()

const side = '[NSEW]'
const angle = `(${side})?\\s*(-?\\d{1,3}(?:\\.\\d+)?)\\s*\u00b0?\\s*(?:(\\d{1,2}(?:\\.\\d+)?)\\s*'\\s*(?:(\\d{1,2}(?:\\.\\d+)?)\\s*")?)?\\s*(${side})?`
const pair = new RegExp(`^${angle}\\s*[, ]\\s*${angle}$`)

interface Angle {
  side: string | null
  degrees: number
}

function angleOf(parts: (string | undefined)[]): Angle | null {
  const [before, whole = '', minutes = '0', seconds = '0', after] = parts
  if (before && after) return null
  const side = before ?? after ?? null
  if (Number(minutes) >= 60 || Number(seconds) >= 60) return null
  const size = Math.abs(Number(whole)) + Number(minutes) / 60 + Number(seconds) / 3600
  const negative = whole.startsWith('-')
  if (negative && side !== null) return null
  return { side, degrees: negative || side === 'S' || side === 'W' ? -size : size }
}

const isDown = (one: Angle) => one.side === 'N' || one.side === 'S'
const isAcross = (one: Angle) => one.side === 'E' || one.side === 'W'

/**
 * Decimals, degrees with minutes and seconds, with letters or the Chinese words beside them. Without letters the latitude comes first;
 * what is out of range is refused and not swapped.
 */
export function pointOf(typed: string): Point | null {
  if (typed.trim() === '') return null
  const parts = pair.exec(plain(typed))
  const one = parts && angleOf(parts.slice(1, 6))
  const other = parts && angleOf(parts.slice(6, 11))
  if (!one || !other) throw fault('coordinates_unread')
  const swapped = isAcross(one)
  const [lat, lon] = swapped ? [other, one] : [one, other]
  const named = one.side !== null || other.side !== null
  if (named && !(isDown(lat) && isAcross(lon))) throw fault('coordinates_unread')
  if (Math.abs(lat.degrees) > 90 || Math.abs(lon.degrees) > 180) throw fault('coordinates_unread')
  return { lat_e7: Math.round(lat.degrees * e7), lon_e7: Math.round(lon.degrees * e7) }
}

/** Five decimals: about a metre. */
export function coordinates(point: Point): string {
  return `${(point.lat_e7 / e7).toFixed(5)}, ${(point.lon_e7 / e7).toFixed(5)}`
}
