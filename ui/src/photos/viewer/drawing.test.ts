import { expect, test } from 'vitest'
import type { Mark } from '../../bindings/Mark'
import { fault, toFault } from '../../faults'
import { photo } from '../../samples'
import { useDrawing } from './drawing'
import { drawn, marksMax } from './marks'

const a = { x: 0.1, y: 0.1 }
const b = { x: 0.5, y: 0.5 }

function at(marks: Mark[] = []) {
  const saved: Mark[][] = []
  const drawing = useDrawing((_, now) => {
    saved.push(now)
    return Promise.resolve(photo('p'))
  })
  drawing.open(photo('p', { marks }))
  return { drawing, saved }
}

test('every finished shape is saved at once, and leaving saves what is in the hand', async () => {
  const { drawing, saved } = at()
  drawing.stroke(a, b)
  await drawing.flush()
  expect(saved).toEqual([[drawn('arrow', a, b)]])
  drawing.take('circle')
  drawing.place(b, 1)
  drawing.shift({ x: 0.1, y: 0 })
  expect(await drawing.close()).toBe(true)
  expect(saved.at(-1)?.map((mark) => mark.shape)).toEqual(['arrow', 'circle'])
  expect(saved.at(-1)?.[1]?.x1).toBe(5200)
})

test('while one is on its way only the newest follows, and none is lost', async () => {
  const saved: number[] = []
  const open: (() => void)[] = []
  const drawing = useDrawing(async (_, now) => {
    await new Promise<void>((done) => open.push(done))
    saved.push(now.length)
    return photo('p')
  })
  drawing.open(photo('p'))
  for (let n = 0; n < 3; n += 1) drawing.stroke(a, b)
  const end = drawing.close()
  while (saved.length < 2) {
    open.shift()?.()
    await new Promise((next) => setTimeout(next, 0))
  }
  expect(await end).toBe(true)
  expect(saved).toEqual([1, 3])
})

test('what could not be saved keeps drawing open until it is, or is given up', async () => {
  let broken = true
  const drawing = useDrawing(() =>
    broken ? Promise.reject(fault('disk_full')) : Promise.resolve(photo('p')),
  )
  drawing.open(photo('p'))
  drawing.stroke(a, b)
  expect(await drawing.close()).toBe(false)
  expect(drawing.on.value).toBe(true)
  expect(toFault(drawing.failure.value).view.key).toBe('disk_full')
  expect(drawing.marks.value).toHaveLength(1)
  broken = false
  expect(await drawing.close()).toBe(true)
  broken = true
  drawing.open(photo('p'))
  drawing.stroke(a, b)
  await drawing.close()
  drawing.giveUp(photo('p'))
  expect(drawing.marks.value).toEqual([])
  expect(await drawing.close()).toBe(true)
})

test('words ask for letters, and without one there is no mark', async () => {
  const { drawing, saved } = at()
  drawing.take('text')
  drawing.stroke(a, a)
  expect(drawing.words.value).toBe('')
  drawing.words.value = ' leak '
  drawing.set()
  drawing.stroke(b, b)
  drawing.set()
  await drawing.close()
  expect(saved).toHaveLength(1)
  expect(saved[0]).toMatchObject([{ shape: 'text', x1: 1000, text: 'leak' }])
})

test('a mark is chosen, moved, given words, taken away, and all of it can be undone', async () => {
  const { drawing, saved } = at([drawn('arrow', a, b), drawn('circle', a, b)])
  drawing.chooseNext()
  drawing.chooseNext()
  expect(drawing.heldAt.value).toBe(1)
  drawing.enter()
  drawing.words.value = 'here'
  drawing.set()
  expect(drawing.marks.value[1]?.text).toBe('here')
  drawing.choose(0)
  drawing.stretch({ x: 0.1, y: 0 })
  drawing.enter()
  expect(drawing.marks.value[0]?.x2).toBe(6000)
  drawing.choose(0)
  drawing.remove()
  expect(drawing.marks.value).toHaveLength(1)
  for (let n = 0; n < 5; n += 1) drawing.undo()
  await drawing.close()
  expect(saved.at(-1)).toEqual([drawn('arrow', a, b), drawn('circle', a, b)])
})

test('one more than the most is refused and told', () => {
  const { drawing } = at(Array.from({ length: marksMax }, () => drawn('arrow', a, b)))
  drawing.stroke(a, b)
  drawing.place(b, 1)
  expect(drawing.marks.value).toHaveLength(marksMax)
  expect(drawing.held.value).toBe(null)
  expect(toFault(drawing.failure.value).view.key).toBe('marks_many')
})
