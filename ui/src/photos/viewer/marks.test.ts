import { expect, test } from 'vitest'
import { arrowHead, drawn, isSomething, markAt, outline, placed, shifted, stretched } from './marks'
import { toPicture, uprightWay, zoomed, whole, type Sight } from './sight'

const picture = { width: 1600, height: 1200 }
const frame = { width: 800, height: 600 }

test('what is drawn is kept in ten-thousandths of the upright picture, whatever the sight', () => {
  const sights: Sight[] = [
    whole,
    zoomed(whole, picture, frame, 3, { x: 500, y: 200 }),
    { zoom: 2, x: 0.5, y: 0.5, turn: 90 },
    { zoom: 5, x: 0.4, y: 0.6, turn: 270 },
  ]
  for (const sight of sights) {
    const middle = toPicture(sight, picture, frame, { x: 400, y: 300 })
    const mark = drawn('arrow', middle, { x: 0.25, y: 0.75 })
    expect([mark.x1, mark.y1]).toEqual([Math.round(sight.x * 10_000), Math.round(sight.y * 10_000)])
    expect([mark.x2, mark.y2]).toEqual([2500, 7500])
  }
})

test('nothing is drawn outside the picture', () => {
  const mark = drawn('circle', { x: -0.2, y: 0.5 }, { x: 1.3, y: 2 })
  expect([mark.x1, mark.y1, mark.x2, mark.y2]).toEqual([0, 5000, 10_000, 10_000])
})

test('a mark moved against the edge keeps its size', () => {
  const mark = drawn('circle', { x: 0.8, y: 0.1 }, { x: 0.9, y: 0.3 })
  const at = shifted(mark, { x: 0.5, y: -0.5 })
  expect([at.x1, at.y1, at.x2, at.y2]).toEqual([9000, 0, 10_000, 2000])
})

test('only the second point stretches, and words have none', () => {
  const arrow = drawn('arrow', { x: 0.1, y: 0.1 }, { x: 0.2, y: 0.2 })
  expect(stretched(arrow, { x: 0.05, y: -1 })).toEqual({ ...arrow, x2: 2500, y2: 0 })
  const words = { ...drawn('text', { x: 0.1, y: 0.1 }, { x: 0.9, y: 0.9 }), text: 'leak' }
  expect([words.x2, words.y2]).toEqual([1000, 1000])
  expect(stretched(words, { x: 0.3, y: 0.3 })).toEqual(words)
})

test('an arrow key moves a shape as the eye sees it when the picture is turned', () => {
  const mark = placed('circle', { x: 0.5, y: 0.5 }, 1)
  // Turned to the right, “right” on the screen is “up” on the upright picture.
  const up = shifted(mark, uprightWay(90, 0.01, 0))
  expect([up.x1 - mark.x1, up.y1 - mark.y1]).toEqual([0, -100])
  // Turned upside down it is “left”.
  expect(shifted(mark, uprightWay(180, 0.01, 0)).x1 - mark.x1).toBe(-100)
})

test('a slip of the hand is no mark', () => {
  expect(isSomething(drawn('arrow', { x: 0.5, y: 0.5 }, { x: 0.502, y: 0.5 }))).toBe(false)
  expect(isSomething(drawn('text', { x: 0.5, y: 0.5 }, { x: 0.5, y: 0.5 }))).toBe(false)
  expect(isSomething(placed('arrow', { x: 0.5, y: 0.5 }, 1))).toBe(true)
})

test('the uppermost mark under the pointer is chosen', () => {
  const arrow = drawn('arrow', { x: 0.1, y: 0.1 }, { x: 0.5, y: 0.1 })
  const circle = drawn('circle', { x: 0.25, y: 0.05 }, { x: 0.35, y: 0.15 })
  const words = { ...drawn('text', { x: 0.6, y: 0.6 }, { x: 0, y: 0 }), text: 'valve' }
  const marks = [arrow, circle, words]
  const at = (x: number, y: number) => markAt(marks, { x, y }, picture, 12)
  expect(at(0.3, 0.1)).toBe(1)
  expect(at(0.12, 0.105)).toBe(0)
  expect(at(0.62, 0.62)).toBe(2)
  expect(at(0.9, 0.1)).toBe(null)
})

test('the head of an arrow is at its second point, and none without a direction', () => {
  const right = outline(drawn('arrow', { x: 0, y: 0.5 }, { x: 1, y: 0.5 }), picture)
  expect(arrowHead(right)).toBe('1600.0,600.0 1561.6,619.2 1561.6,580.8')
  expect(arrowHead({ ...right, to: right.from })).toBe('')
})
