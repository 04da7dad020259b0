import { expect, test } from 'vitest'
import {
  begun,
  drawnOn,
  fieldHeight,
  isSigned,
  pathOf,
  pointIn,
  pointsMax,
  pointsOf,
  type Stroke,
} from './signature'

test('points are thousandths of the width and stay inside the field', () => {
  const box = { left: 100, top: 50, width: 500 }
  expect(pointIn(box, { clientX: 350, clientY: 100 })).toEqual([500, 100])
  expect(pointIn(box, { clientX: -20, clientY: 5000 })).toEqual([0, fieldHeight])
})

test('a pen at rest adds nothing, and a signature ends at the limit', () => {
  const dot = begun([], [10, 10])
  expect(drawnOn(dot, [12, 11])).toBe(dot)
  expect(drawnOn(dot, [20, 10])).toEqual([
    [
      [10, 10],
      [20, 10],
    ],
  ])
  let strokes: Stroke[] = []
  for (let n = 0; n < pointsMax + 50; n += 1) {
    const point: [number, number] = [(n * 7) % 1000, n % 300]
    strokes = n % 100 === 0 ? begun(strokes, point) : drawnOn(strokes, point)
  }
  expect(pointsOf(strokes)).toBeLessThanOrEqual(pointsMax)
})

test('a few dots are no name', () => {
  expect(isSigned([[[1, 1]], [[9, 9]]])).toBe(false)
  const stroke: Stroke = [0, 10, 20, 30, 40].map((x) => [x, 5])
  expect(isSigned([stroke])).toBe(true)
})

test('a dot is drawn as well as a line', () => {
  const strokes: Stroke[] = [[[1, 2]], [[3, 4], [5, 6]]] // prettier-ignore
  expect(pathOf(strokes)).toBe('M1 2L1 2M3 4L5 6')
})
