/** What the receiver says, as sentences. */
import type { Point } from '../bindings/Point'

/** Six decimals are 11 cm: finer than any receiver. */
export function degrees(point: Point): { lat: string; lon: string } {
  return { lat: (point.lat_e7 / 1e7).toFixed(6), lon: (point.lon_e7 / 1e7).toFixed(6) }
}

/** Less says nothing: the sentence itself comes late. */
const clockSecondsMin = 3

export function clockWords(ahead: number): { key: string; seconds: number } {
  const seconds = Math.abs(ahead)
  if (seconds < clockSecondsMin) return { key: 'receiver.clock_right', seconds }
  return { key: ahead > 0 ? 'receiver.clock' : 'receiver.clock_behind', seconds }
}
