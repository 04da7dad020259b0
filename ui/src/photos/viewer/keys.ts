/** Which key does what in the photo viewer. Pure, so that every rule has a test. */
import type { Tool } from './marks'

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

export interface Situation {
  /** The cursor is in a field: letters and digits are text. */
  typing: boolean
  /** A button has the focus: Enter presses it. */
  pressing: boolean
  /** The picture is larger than the frame: arrow keys move it. */
  larger: boolean
  drawing: boolean
  /** A mark is being placed or is chosen: arrow keys, Enter and Delete are for it. */
  holding: boolean
  /** The visit can be changed. */
  writable: boolean
}

export type Intent =
  | {
      do:
        | 'previous'
        | 'next'
        | 'first'
        | 'last'
        | 'nearer'
        | 'farther'
        | 'fit'
        | 'full'
        | 'turn'
        | 'turn_back'
        | 'original'
        | 'facts'
        | 'before'
        | 'earlier'
        | 'later'
        | 'draw'
        | 'marks'
        | 'help'
        | 'leave'
        | 'choose'
        | 'remove'
        | 'undo'
        | 'set'
    }
  | { do: 'tool'; tool: Tool }
  | { do: 'pan' | 'shift' | 'stretch'; x: number; y: number }

const arrows: Record<string, [number, number]> = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
}

const always: Record<string, Intent> = {
  PageUp: { do: 'previous' },
  PageDown: { do: 'next' },
  Home: { do: 'first' },
  End: { do: 'last' },
  Equal: { do: 'nearer' },
  NumpadAdd: { do: 'nearer' },
  Minus: { do: 'farther' },
  NumpadSubtract: { do: 'farther' },
  Digit0: { do: 'fit' },
  Numpad0: { do: 'fit' },
  Digit1: { do: 'full' },
  Numpad1: { do: 'full' },
  KeyO: { do: 'original' },
  KeyI: { do: 'facts' },
  KeyB: { do: 'before' },
  BracketLeft: { do: 'earlier' },
  BracketRight: { do: 'later' },
  KeyH: { do: 'marks' },
  Slash: { do: 'help' },
  NumpadDivide: { do: 'help' },
}

const onDrawing: Record<string, Intent> = {
  KeyA: { do: 'tool', tool: 'arrow' },
  KeyC: { do: 'tool', tool: 'circle' },
  KeyT: { do: 'tool', tool: 'text' },
  KeyS: { do: 'choose' },
  KeyU: { do: 'undo' },
  Delete: { do: 'remove' },
  Backspace: { do: 'remove' },
}

function arrow(x: number, y: number, shift: boolean, now: Situation): Intent | null {
  if (now.drawing && now.holding) return { do: shift ? 'stretch' : 'shift', x, y }
  if (now.larger && !now.drawing) return { do: 'pan', x, y }
  // With a tool in the hand the first arrow key puts a new shape there.
  if (now.drawing) return { do: 'shift', x, y }
  return y !== 0 ? null : { do: x < 0 ? 'previous' : 'next' }
}

/**
 * By the place of the key (`code`), not its letter: with a Tibetan layout or the pinyin method on,
 * the same keys must still work.
 */
export function intentOf(pressed: Pressed, now: Situation): Intent | null {
  if (pressed.isComposing || pressed.altKey || pressed.metaKey) return null
  if (pressed.key === 'Escape') return { do: 'leave' }
  if (now.typing) return null
  if (pressed.ctrlKey) {
    return pressed.code === 'KeyZ' && now.drawing ? { do: 'undo' } : null
  }
  const way = arrows[pressed.code]
  if (way) return arrow(...way, pressed.shiftKey, now)
  // Held down, only what moves or zooms goes on: a glove must not turn or draw ten times.
  const known = always[pressed.code]
  const goesOn = ['previous', 'next', 'nearer', 'farther'].includes(known?.do ?? '')
  if (pressed.repeat && !goesOn) return null
  if (known) return known
  if (pressed.code === 'KeyR') return { do: pressed.shiftKey ? 'turn_back' : 'turn' }
  if (pressed.code === 'KeyM') return now.writable || now.drawing ? { do: 'draw' } : null
  if (!now.drawing) return null
  if (pressed.key === 'Enter') return now.holding || !now.pressing ? { do: 'set' } : null
  return onDrawing[pressed.code] ?? null
}

/** What the help tells: keys, and the name of the sentence. */
export const keysLooking: [string, string][] = [
  ['← →', 'step'],
  ['Home End', 'ends'],
  ['+ −', 'zoom'],
  ['0', 'fit'],
  ['1', 'full'],
  ['← ↑ → ↓', 'pan'],
  ['R', 'turn'],
  ['O', 'original'],
  ['B', 'before'],
  ['[ ]', 'earlier'],
  ['I', 'facts'],
  ['H', 'marks'],
  ['Esc', 'leave'],
]
export const keysDrawing: [string, string][] = [
  ['M', 'draw'],
  ['A C T', 'tool'],
  ['← ↑ → ↓', 'shift'],
  ['Shift + ←→↑↓', 'stretch'],
  ['Enter', 'set'],
  ['S', 'choose'],
  ['Delete', 'remove'],
  ['U', 'undo'],
]
