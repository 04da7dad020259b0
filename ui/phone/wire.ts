/** What the page says to the laptop, and the few things that can come back. */
import type { PhoneOffer } from '../src/bindings/PhoneOffer'
import type { PhoneProgress } from '../src/bindings/PhoneProgress'
import type { PhoneRefusal } from '../src/bindings/PhoneRefusal'
import type { PhoneState } from '../src/bindings/PhoneState'

export type Reply<T> =
  | { kind: 'said'; said: T }
  | { kind: 'refused'; why: PhoneRefusal }
  /** The code has expired, or is another visit's. */
  | { kind: 'gone' }
  /** No answer, or half of one. */
  | { kind: 'lost' }

export interface Wire {
  state: () => Promise<Reply<PhoneState>>
  offer: (offer: PhoneOffer) => Promise<Reply<PhoneProgress>>
  piece: (of: PhoneOffer, offset: number, piece: Blob) => Promise<Reply<PhoneProgress>>
}

const stateMs = 8_000
const pieceMs = 20_000

async function ask<T>(url: string, timeoutMs: number, init: RequestInit = {}): Promise<Reply<T>> {
  // A link that has gone silent is left; the laptop knows how far the photo is.
  const control = new AbortController()
  const timer = setTimeout(() => control.abort(), timeoutMs)
  try {
    const response = await fetch(url, { ...init, signal: control.signal, cache: 'no-store' })
    if (response.status === 404) return { kind: 'gone' }
    if (response.status === 422) {
      const { refused } = (await response.json()) as { refused: PhoneRefusal }
      return { kind: 'refused', why: refused }
    }
    if (!response.ok) return { kind: 'lost' }
    return { kind: 'said', said: (await response.json()) as T }
  } catch {
    return { kind: 'lost' }
  } finally {
    clearTimeout(timer)
  }
}

/** Everything is asked beside the page, under its token. */
export const wire: Wire = {
  state: () => ask(`./state?clock=${Date.now()}`, stateMs),
  offer: (offer) =>
    ask('./photos', pieceMs, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(offer),
    }),
  piece: (of, offset, piece) =>
    ask(`./photos/${of.sha256}?place=${of.place}&offset=${offset}`, pieceMs, {
      method: 'PUT',
      body: piece,
    }),
}
