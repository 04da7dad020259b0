import { expect, test } from 'vitest'
import { nextTick, ref } from 'vue'
import type { LedgerRow } from '../../bindings/LedgerRow'
import { useChoosing } from './choosing'

function begin() {
  const rows = ['a', 'b', 'c'].map((finding) => ({ finding }) as LedgerRow)
  const list = { key: ref('{}'), rows: ref(rows), settled: ref(true) }
  const choosing = useChoosing(list)
  return { ...list, ...choosing, ids: () => [...(choosing.picked.value?.keys() ?? ['nobody'])] }
}

test('nothing is chosen before somebody chooses, and nothing after', () => {
  const { toggle, pick, pickAll, ids } = begin()
  pick(0)
  pickAll()
  expect(ids()).toEqual(['nobody'])
  toggle()
  pick(1)
  expect(ids()).toEqual(['b'])
  toggle()
  expect(ids()).toEqual(['nobody'])
  toggle()
  expect(ids()).toEqual([])
})

test('another list begins with nothing chosen', async () => {
  const { key, toggle, pickAll, ids } = begin()
  toggle()
  pickAll()
  expect(ids()).toEqual(['a', 'b', 'c'])
  key.value = '{"q":"燃气"}'
  await nextTick()
  expect(ids()).toEqual([])
})

test('no row of the list before is chosen while the new one is looked up', () => {
  const { settled, toggle, pick, pickAll, ids } = begin()
  toggle()
  settled.value = false
  pick(0)
  pickAll()
  expect(ids()).toEqual([])
})

test('a list that was read anew keeps what is chosen, also what left it', () => {
  const { rows, toggle, pick, ids } = begin()
  toggle()
  pick(0)
  rows.value = rows.value.slice(1)
  expect(ids()).toEqual(['a'])
})
