/** For tests: a laptop that keeps photos as the real one does, and a link as bad as wished. */
import type { PhoneOffer } from '../src/bindings/PhoneOffer'
import type { PhoneProgress } from '../src/bindings/PhoneProgress'
import type { PhoneRefusal } from '../src/bindings/PhoneRefusal'
import type { Pause } from './pause'
import type { Reply, Wire } from './wire'

/** What becomes of a request: it arrives and is answered, its answer is lost, or it never arrives. */
export type Fate = 'well' | 'answer lost' | 'lost' | 'gone' | PhoneRefusal

export function laptop(fate: () => Fate = () => 'well') {
  const parts = new Map<string, Uint8Array>()
  const saved = new Map<string, Uint8Array>()
  let sending = 0
  let most = 0

  const progress = (of: PhoneOffer): PhoneProgress => {
    const done = saved.has(of.sha256)
    return { offset: done ? of.bytes : (parts.get(of.sha256)?.length ?? 0), done }
  }

  async function over<T>(work: () => Promise<T>): Promise<Reply<T>> {
    const now = fate()
    if (now === 'lost') return { kind: 'lost' }
    if (now === 'gone') return { kind: 'gone' }
    if (now !== 'well' && now !== 'answer lost') return { kind: 'refused', why: now }
    sending += 1
    most = Math.max(most, sending)
    const said = await work()
    sending -= 1
    return now === 'well' ? { kind: 'said', said } : { kind: 'lost' }
  }

  const wire: Wire = {
    state: () => Promise.resolve({ kind: 'lost' }),
    offer: (of) =>
      over(() => {
        if (!parts.has(of.sha256)) parts.set(of.sha256, new Uint8Array())
        return Promise.resolve(progress(of))
      }),
    piece: (of, offset, piece) =>
      over(async () => {
        const part = parts.get(of.sha256) ?? new Uint8Array()
        const more = new Uint8Array(await new Response(piece).arrayBuffer())
        const whole = offset === part.length ? joined(part, more) : part
        parts.set(of.sha256, whole)
        if (whole.length === of.bytes) saved.set(of.sha256, whole)
        return progress(of)
      }),
  }
  return { wire, saved, most: () => most }
}

function joined(one: Uint8Array, other: Uint8Array): Uint8Array {
  const both = new Uint8Array(one.length + other.length)
  both.set(one)
  both.set(other, one.length)
  return both
}

/** Time passes at once; how long it would have been is noted. */
export function noPause(): Pause & { waited: number[] } {
  const waited: number[] = []
  return {
    waited,
    wait: (ms) => {
      waited.push(ms)
      return Promise.resolve()
    },
    wake: () => undefined,
  }
}
