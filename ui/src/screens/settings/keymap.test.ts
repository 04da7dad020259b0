import { describe, expect, it } from 'vitest'
import { intentOf } from '../runner/keys'
import { keymap } from './keymap'

const codes: Record<string, string> = { '/': 'Slash', '↓': 'ArrowDown', '↑': 'ArrowUp' }
const codeOf = (key: string): string =>
  codes[key] ?? (/^\d$/.test(key) ? `Digit${key}` : key.length === 1 ? `Key${key}` : key)

describe('the list of keys', () => {
  it('names no key that the runner does not answer', () => {
    const runner = keymap.find((group) => group.name === 'runner')?.keys ?? []
    for (const [keys] of runner) {
      for (const one of keys.split(' / ').length > 1 && keys !== '/' ? keys.split(' / ') : [keys]) {
        const parts = one.split('+')
        const key = parts.pop() ?? ''
        const pressed = {
          key,
          code: codeOf(key),
          ctrlKey: parts.includes('Ctrl'),
          shiftKey: parts.includes('Shift'),
          altKey: false,
          metaKey: false,
          repeat: false,
          isComposing: false,
        }
        const now = { dialog: false, typing: false, pressing: false, readOnly: false }
        expect(intentOf(pressed, now), one).not.toBeNull()
      }
    }
  })
})
