/** Which key does what in the runner. Pure, so that every rule has a test. */
import { results, type Result } from './model'

export interface Pressed {
  key: string
  code: string
  ctrlKey: boolean
  shiftKey: boolean
  altKey: boolean
  metaKey: boolean
  isComposing: boolean
  repeat: boolean
}

export type Intent =
  | { do: 'answer'; result: Result }
  | {
      do:
        | 'next'
        | 'previous'
        | 'note'
        | 'photo'
        | 'phone'
        | 'finding'
        | 'free_finding'
        | 'search'
        | 'filter'
        | 'penalty'
        | 'ticks'
        | 'before'
        | 'undo'
        | 'redo'
        | 'leave'
        | 'finish'
    }

export interface Situation {
  /** The cursor is in a field: letters and digits are text. */
  typing: boolean
  /** A button or link has the focus: Enter presses it. */
  pressing: boolean
  /** A dialog is open and handles its own keys. */
  dialog: boolean
  readOnly: boolean
}

const moves: Record<string, Intent> = {
  ArrowDown: { do: 'next' },
  KeyJ: { do: 'next' },
  ArrowUp: { do: 'previous' },
  KeyK: { do: 'previous' },
  Slash: { do: 'search' },
  NumpadDivide: { do: 'search' },
  KeyX: { do: 'filter' },
  KeyH: { do: 'penalty' },
}

const writes: Record<string, Intent> = {
  KeyN: { do: 'note' },
  KeyP: { do: 'photo' },
  KeyM: { do: 'phone' },
  KeyF: { do: 'free_finding' },
  KeyT: { do: 'ticks' },
  KeyL: { do: 'before' },
  KeyU: { do: 'undo' },
}

/**
 * By the place of the key (`code`), not its letter: with a Tibetan layout or the pinyin method on,
 * the same keys must still answer.
 */
export function intentOf(pressed: Pressed, now: Situation): Intent | null {
  if (now.dialog || pressed.isComposing || pressed.altKey || pressed.metaKey) return null
  if (pressed.key === 'Escape') return now.typing ? { do: 'leave' } : null
  if (pressed.ctrlKey) {
    const enter = pressed.key === 'Enter' && !pressed.repeat
    return enter && !now.readOnly ? { do: 'finish' } : null
  }
  if (now.typing) return null
  const move = moves[pressed.code]
  if (move) return move
  // A digit held down by a glove must not answer ten items.
  if (now.readOnly || pressed.repeat) return null
  const digit = /^(?:Digit|Numpad)([1-5])$/.exec(pressed.code)?.[1]
  const result = digit === undefined ? undefined : results[Number(digit) - 1]
  if (result) return { do: 'answer', result }
  if (pressed.code === 'KeyU' && pressed.shiftKey) return { do: 'redo' }
  if (pressed.key === 'Enter') return now.pressing ? null : { do: 'finding' }
  return writes[pressed.code] ?? null
}

export function isPressing(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.closest('button, a, summary, label') !== null
}

const pointed = new Set(['checkbox', 'radio', 'file', 'button', 'submit'])

export function isTyping(target: EventTarget | null): boolean {
  if (target instanceof HTMLInputElement) return !pointed.has(target.type)
  return target instanceof HTMLTextAreaElement || target instanceof HTMLSelectElement
}
