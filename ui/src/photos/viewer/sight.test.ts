import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  full,
  isLarger,
  moved,
  scaleOf,
  settled,
  toFrame,
  toPicture,
  transformOf,
  turned,
  wheelFactor,
  whole,
  zoomed,
  type Sight,
  type Turn,
} from './sight'

const picture = { width: 1600, height: 1200 }
const frame = { width: 1000, height: 600 }

const sights = fc.record({
  zoom: fc.double({ min: 0.1, max: 40, noNaN: true }),
  x: fc.double({ min: 0, max: 1, noNaN: true }),
  y: fc.double({ min: 0, max: 1, noNaN: true }),
  turn: fc.constantFrom<Turn>(0, 90, 180, 270),
})
const spots = fc.record({
  x: fc.double({ min: 0, max: 1, noNaN: true }),
  y: fc.double({ min: 0, max: 1, noNaN: true }),
})
const sizes = fc.record({
  width: fc.integer({ min: 50, max: 12_000 }),
  height: fc.integer({ min: 50, max: 12_000 }),
})

test('fit shows the whole picture, upright and turned', () => {
  expect(scaleOf(whole, picture, frame)).toBe(0.5)
  expect(scaleOf(turned(whole, 90), picture, frame)).toBe(0.375)
  expect(toFrame(whole, picture, frame, { x: 0, y: 0 })).toEqual({ x: 100, y: 0 })
  // A quarter turn to the right: the upper left corner comes to the upper right.
  expect(toFrame(turned(whole, 90), picture, frame, { x: 0, y: 0 })).toEqual({ x: 725, y: 0 })
  expect(toFrame(turned(whole, -90), picture, frame, { x: 0, y: 0 })).toEqual({ x: 275, y: 600 })
})

test('a spot of the picture and its place in the frame belong together in every sight', () => {
  fc.assert(
    fc.property(sights, spots, sizes, (sight, spot, size) => {
      const back = toPicture(sight, size, frame, toFrame(sight, size, frame, spot))
      expect(back.x).toBeCloseTo(spot.x, 6)
      expect(back.y).toBeCloseTo(spot.y, 6)
    }),
  )
})

test('what lies under the pointer stays there while the picture covers the frame', () => {
  const near: Sight = { zoom: 4, x: 0.5, y: 0.5, turn: 90 }
  const at = { x: 640, y: 200 }
  const under = toPicture(near, picture, frame, at)
  const nearer = zoomed(near, picture, frame, 1.5, at)
  expect(toPicture(nearer, picture, frame, at).x).toBeCloseTo(under.x, 9)
  expect(toPicture(nearer, picture, frame, at).y).toBeCloseTo(under.y, 9)
})

test('the picture never leaves the frame, whatever is asked for', () => {
  fc.assert(
    fc.property(
      sights,
      sizes,
      fc.integer({ min: -5000, max: 5000 }),
      fc.integer({ min: -5000, max: 5000 }),
      fc.double({ min: 0.01, max: 100, noNaN: true }),
      (sight, size, dx, dy, factor) => {
        const after = moved(zoomed(sight, size, frame, factor), size, frame, dx, dy)
        const one = toFrame(after, size, frame, { x: 0, y: 0 })
        const other = toFrame(after, size, frame, { x: 1, y: 1 })
        const inside = (a: number, b: number, room: number) => {
          const [low, high] = a < b ? [a, b] : [b, a]
          // Smaller: in the middle. Larger: no gap at either side.
          if (high - low <= room + 1e-6) expect(low + high).toBeCloseTo(room, 3)
          else expect(low <= 1e-3 && high >= room - 1e-3).toBe(true)
        }
        inside(one.x, other.x, frame.width)
        inside(one.y, other.y, frame.height)
      },
    ),
  )
})

test('full size is one pixel for one, whether that is larger or smaller than fitting', () => {
  expect(scaleOf(full(whole, picture, frame), picture, frame)).toBeCloseTo(1, 9)
  const small = { width: 320, height: 240 }
  expect(full(whole, small, frame).zoom).toBeCloseTo(0.4, 9)
  expect(isLarger(full(whole, small, frame))).toBe(false)
  expect(isLarger(full(whole, picture, frame))).toBe(true)
})

test('zoom ends where nothing new is seen', () => {
  expect(scaleOf(zoomed(whole, picture, frame, 1000), picture, frame)).toBeCloseTo(8, 9)
  expect(zoomed(whole, picture, frame, 0.001)).toEqual(whole)
})

test('a drag moves the picture with the hand, turned or not', () => {
  for (const turn of [0, 90, 180, 270] as const) {
    const near: Sight = { zoom: 6, x: 0.5, y: 0.5, turn }
    const spot = { x: 0.5, y: 0.5 }
    const before = toFrame(near, picture, frame, spot)
    const after = toFrame(moved(near, picture, frame, 30, -20), picture, frame, spot)
    expect(after.x - before.x).toBeCloseTo(30, 6)
    expect(after.y - before.y).toBeCloseTo(-20, 6)
  }
})

test('four turns are none, and a new window size keeps what is looked at', () => {
  const near: Sight = { zoom: 5, x: 0.3, y: 0.7, turn: 0 }
  const around = [90, 90, 90, 90].reduce((sight) => turned(sight, 90), near)
  expect(around).toEqual(near)
  const narrower = settled(near, picture, { width: 700, height: 500 })
  expect([narrower.x, narrower.y]).toEqual([0.3, 0.7])
})

test('the transform is the same arithmetic', () => {
  expect(transformOf(whole, picture, frame)).toBe(
    'translate(500.00px, 300.00px) rotate(0deg) scale(0.500000) translate(-800.00px, -600.00px)',
  )
})

test('a wheel away from the hand is nearer, and no single event leaps', () => {
  expect(wheelFactor(-100, false)).toBeGreaterThan(1)
  expect(wheelFactor(100, false) * wheelFactor(-100, false)).toBeCloseTo(1, 9)
  expect(wheelFactor(-3, true)).toBeCloseTo(wheelFactor(-99, false), 9)
  expect(wheelFactor(-100_000, false)).toBeLessThan(2)
})
