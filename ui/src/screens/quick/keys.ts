/** Which key does what in the round. Pure, so that every rule has a test. */
import type { Pressed } from '../runner/keys'

export type QuickIntent =
  | { do: 'mark'; key: string }
  | {
      do:
        | 'done'
        | 'photo'
        | 'phone'
        | 'fixed'
        | 'deadline'
        | 'undo'
        | 'note'
        | 'copy'
        | 'paste'
        | 'reporter'
        | 'search'
        | 'previous'
        | 'next'
        | 'leave'
    }

export interface QuickSituation {
  /** The cursor is in a field: letters and digits are text. */
  typing: boolean
  /** A button or link has the focus: Enter presses it. */
  pressing: boolean
  /** A dialog is open and handles its own keys. */
  dialog: boolean
}

const acts: Record<string, QuickIntent> = {
  KeyP: { do: 'photo' },
  KeyR: { do: 'phone' },
  KeyZ: { do: 'fixed' },
  KeyD: { do: 'deadline' },
  KeyU: { do: 'undo' },
  KeyN: { do: 'note' },
  KeyC: { do: 'copy' },
  KeyV: { do: 'paste' },
  F2: { do: 'reporter' },
  Slash: { do: 'search' },
  NumpadDivide: { do: 'search' },
  ArrowUp: { do: 'previous' },
  PageUp: { do: 'previous' },
  ArrowDown: { do: 'next' },
  PageDown: { do: 'next' },
}

/**
 * By the place of the key (`code`), not its letter: with a Tibetan layout or the pinyin method on,
 * the same keys must still mark.
 */
export function quickIntent(pressed: Pressed, now: QuickSituation): QuickIntent | null {
  if (now.dialog || pressed.isComposing || pressed.altKey || pressed.metaKey) return null
  if (pressed.key === 'Escape') return now.typing ? { do: 'leave' } : null
  // A held key must not finish ten premises.
  if (pressed.ctrlKey || (pressed.repeat && !pressed.code.startsWith('Arrow'))) return null
  if (pressed.code === 'F2') return { do: 'reporter' }
  if (pressed.key === 'Enter') {
    // In the note it ends the note; the next Enter ends the check.
    if (now.typing) return { do: 'leave' }
    return now.pressing ? null : { do: 'done' }
  }
  if (now.typing) return null
  const act = acts[pressed.code]
  if (act) return act
  const key = /^(?:Key([A-Z])|(?:Digit|Numpad)([0-9]))$/.exec(pressed.code)
  const named = key?.[1]?.toLowerCase() ?? key?.[2]
  return named === undefined ? null : { do: 'mark', key: named }
}
