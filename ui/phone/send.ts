/** Sends one photo until it is saved or refused, over a link that dies as often as it likes. */
import type { PhoneOffer } from '../src/bindings/PhoneOffer'
import type { PhoneProgress } from '../src/bindings/PhoneProgress'
import type { PhoneRefusal } from '../src/bindings/PhoneRefusal'
import type { Pause } from './pause'
import type { Reply, Wire } from './wire'

export const pieceBytesMax = 256 * 1024
const pieceBytesMin = 32 * 1024
const firstPauseMs = 500
const pauseMsMax = 8_000
/** So often a fault of the laptop, or wrong bytes, are met with another try. */
const triesMax = 3

export type Outcome = 'saved' | 'gone' | 'unreadable' | PhoneRefusal

export async function send(
  file: Blob,
  offer: PhoneOffer,
  { wire, pause, report }: { wire: Wire; pause: Pause; report: (sent: number) => void },
): Promise<Outcome> {
  let size = pieceBytesMax
  let failures = 0
  let tries = 0
  /** How far it is; `null` after anything unclear: then the laptop is asked. */
  let at: PhoneProgress | null = null
  let most = 0
  for (;;) {
    const reply: Reply<PhoneProgress> = at
      ? await wire.piece(offer, at.offset, file.slice(at.offset, at.offset + size))
      : await wire.offer(offer)
    switch (reply.kind) {
      case 'gone':
        return 'gone'
      case 'said':
        if (reply.said.done) return 'saved'
        if (at && reply.said.offset > at.offset) size = Math.min(size * 2, pieceBytesMax)
        // The laptop keeps also what came of a piece that was cut.
        if (reply.said.offset > most) failures = 0
        most = reply.said.offset
        at = reply.said
        report(at.offset)
        continue
      case 'refused':
        // These end by themselves, or by beginning again.
        if (!['busy', 'unknown', 'failed', 'wrong_digest'].includes(reply.why)) return reply.why
        if (reply.why !== 'busy') tries += 1
        if (tries > triesMax) return reply.why
        break
      case 'lost':
        if (!(await isReadable(file))) return 'unreadable'
        size = Math.max(size / 2, pieceBytesMin)
    }
    at = null
    await pause.wait(Math.min(firstPauseMs * 2 ** failures, pauseMsMax))
    failures += 1
  }
}

/** A photo that was deleted on the phone looks like a link that is dead. */
async function isReadable(file: Blob): Promise<boolean> {
  try {
    await new Response(file.slice(0, 1)).arrayBuffer()
    return true
  } catch {
    return false
  }
}
