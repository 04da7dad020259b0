import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { AnswerDraft } from '../../bindings/AnswerDraft'
import { answered, emptyHistory, redo, undo, type History } from './history'

const draft = (item: string, result: string, note: string): AnswerDraft => ({
  inspection: 'visit',
  edition: 'fire',
  item,
  facility: '',
  result,
  ticks: [],
  readings: [],
  note,
  reason: '',
})

/** What is on the disk: the last draft of every item; a withdrawn one is none. */
class Disk {
  readonly rows = new Map<string, AnswerDraft>()
  put(one: AnswerDraft): void {
    if (one.result === 'withdrawn') this.rows.delete(one.item)
    else this.rows.set(one.item, one)
  }
  state = () => JSON.stringify([...this.rows].sort(([a], [b]) => a.localeCompare(b)))
}

const acts = fc.array(
  fc.record({
    item: fc.constantFrom('A', 'B', 'C'),
    result: fc.constantFrom('compliant', 'non_compliant', 'undetermined'),
    note: fc.string({ maxLength: 3 }),
  }),
  { maxLength: 30 },
)

test('undo leads back through every state, and redo to where one was', () => {
  fc.assert(
    fc.property(acts, fc.nat(40), (all, back) => {
      const disk = new Disk()
      let history: History = emptyHistory
      const states = [disk.state()]
      for (const { item, result, note } of all) {
        const after = draft(item, result, note)
        history = answered(history, { before: disk.rows.get(item) ?? null, after })
        disk.put(after)
        states.push(disk.state())
      }
      const steps = Math.min(back, all.length)
      for (let n = 1; n <= steps; n += 1) {
        const step = undo(history)
        if (!step) throw new Error('nothing to take back')
        history = step.history
        disk.put(step.draft)
        expect(disk.state()).toBe(states[all.length - n])
      }
      for (let n = steps; n > 0; n -= 1) {
        const step = redo(history)
        if (!step) throw new Error('nothing to bring back')
        history = step.history
        disk.put(step.draft)
        expect(disk.state()).toBe(states[all.length - n + 1])
      }
      expect(redo(history)).toBeNull()
    }),
  )
})

test('a new answer forgets what was taken back, and with nothing done nothing is undone', () => {
  expect(undo(emptyHistory)).toBeNull()
  const one = answered(emptyHistory, { before: null, after: draft('A', 'compliant', '') })
  const back = undo(one)
  expect(back?.draft.result).toBe('withdrawn')
  const other = { before: null, after: draft('B', 'compliant', '') }
  expect(redo(answered(back?.history ?? emptyHistory, other))).toBeNull()
})
