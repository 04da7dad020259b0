/** Arrows, circles and words over a photo: a layer of its own, never part of the pixels. Pure. */
import type { Mark } from '../../bindings/Mark'
import type { Size, Spot } from './sight'

export type Tool = 'arrow' | 'circle' | 'text'
export const tools: Tool[] = ['arrow', 'circle', 'text']

/** The same limits as the core's. */
export const marksMax = 50
export const markCharsMax = 60

/** The picture's right and lower edge, in a mark's coordinates. */
export const edge = 10_000

const clamp = (value: number): number => Math.min(Math.max(Math.round(value), 0), edge)

/** A spot of the picture (0 to 1) in a mark's coordinates, kept inside the picture. */
export function gridded(spot: Spot): Spot {
  return { x: clamp(spot.x * edge), y: clamp(spot.y * edge) }
}

/** A shape between two spots (0 to 1). Words begin at the first. */
export function drawn(shape: Tool, from: Spot, to: Spot): Mark {
  const one = gridded(from)
  const other = shape === 'text' ? one : gridded(to)
  return { shape, x1: one.x, y1: one.y, x2: other.x, y2: other.y, text: '' }
}

/** A new shape for the arrow keys, around a spot: `reach` is the part of the picture in sight. */
export function placed(shape: Tool, at: Spot, reach: number): Mark {
  const half = 0.08 * reach
  return drawn(shape, { x: at.x - half, y: at.y - half }, { x: at.x + half, y: at.y + half })
}

/** Moves a mark as a whole by so much (0 to 1); at the edge it stops and keeps its size. */
export function shifted(mark: Mark, by: Spot): Mark {
  const room = (way: number, one: number, other: number) =>
    Math.min(Math.max(Math.round(way * edge), -Math.min(one, other)), edge - Math.max(one, other))
  const dx = room(by.x, mark.x1, mark.x2)
  const dy = room(by.y, mark.y1, mark.y2)
  return { ...mark, x1: mark.x1 + dx, y1: mark.y1 + dy, x2: mark.x2 + dx, y2: mark.y2 + dy }
}

/** Moves its second point only: an arrow's head, a circle's corner. Words have none. */
export function stretched(mark: Mark, by: Spot): Mark {
  if (mark.shape === 'text') return mark
  return { ...mark, x2: clamp(mark.x2 + by.x * edge), y2: clamp(mark.y2 + by.y * edge) }
}

/** Whether it can be kept: words without a letter and shapes without a size are slips of the hand. */
export function isSomething(mark: Mark): boolean {
  if (mark.shape === 'text') return mark.text.trim() !== ''
  return Math.abs(mark.x1 - mark.x2) + Math.abs(mark.y1 - mark.y2) >= 60
}

/** A mark in the pixels of the picture. */
export interface Outline {
  from: Spot
  to: Spot
  /** Where its words begin. */
  words: Spot
  /** The thickness of a line; words are `letter` high. */
  line: number
  letter: number
}

/** Lines and words have a size of the picture, not of the screen: on paper they are the same. */
export function outline(mark: Mark, picture: Size): Outline {
  const long = Math.max(picture.width, picture.height)
  const line = long * 0.004
  const letter = long * 0.026
  const from = { x: (mark.x1 / edge) * picture.width, y: (mark.y1 / edge) * picture.height }
  const to = { x: (mark.x2 / edge) * picture.width, y: (mark.y2 / edge) * picture.height }
  const below = { x: Math.min(from.x, to.x), y: Math.max(from.y, to.y) + line * 3 }
  const words = mark.shape === 'text' ? from : mark.shape === 'arrow' ? from : below
  return { from, to, words, line, letter }
}

/** The head of an arrow, as the points of a polygon. */
export function arrowHead({ from, to, line }: Outline): string {
  const length = Math.hypot(to.x - from.x, to.y - from.y)
  if (length === 0) return ''
  const long = Math.min(line * 6, length)
  const along = { x: (to.x - from.x) / length, y: (to.y - from.y) / length }
  const back = { x: to.x - along.x * long, y: to.y - along.y * long }
  const side = { x: -along.y * long * 0.5, y: along.x * long * 0.5 }
  const points = [
    [to.x, to.y],
    [back.x + side.x, back.y + side.y],
    [back.x - side.x, back.y - side.y],
  ]
  return points.map((point) => point.map((at) => at.toFixed(1)).join(',')).join(' ')
}

/** How far a point is from the line between two others. */
function away(at: Spot, from: Spot, to: Spot): number {
  const way = { x: to.x - from.x, y: to.y - from.y }
  const square = way.x ** 2 + way.y ** 2
  const part = square === 0 ? 0 : ((at.x - from.x) * way.x + (at.y - from.y) * way.y) / square
  const near = Math.min(Math.max(part, 0), 1)
  return Math.hypot(at.x - from.x - way.x * near, at.y - from.y - way.y * near)
}

/** How far a point of the picture is from a mark, in its pixels. */
function distance(mark: Mark, at: Spot, picture: Size): number {
  const { from, to, letter } = outline(mark, picture)
  if (mark.shape === 'text') {
    const dx = Math.max(from.x - at.x, 0, at.x - from.x - letter * mark.text.length)
    const dy = Math.max(from.y - at.y, 0, at.y - from.y - letter * 1.2)
    return Math.hypot(dx, dy)
  }
  if (mark.shape === 'arrow') return away(at, from, to)
  const half = { x: Math.abs(to.x - from.x) / 2, y: Math.abs(to.y - from.y) / 2 }
  const middle = { x: (from.x + to.x) / 2, y: (from.y + to.y) / 2 }
  const round = Math.hypot(
    (at.x - middle.x) / Math.max(half.x, 1),
    (at.y - middle.y) / Math.max(half.y, 1),
  )
  // Inside counts as well: a small circle is hit by its middle.
  return round <= 1 ? 0 : (round - 1) * Math.min(half.x, half.y)
}

/** The mark that lies at a spot (0 to 1), the uppermost first; `reach` in pixels of the picture. */
export function markAt(marks: Mark[], spot: Spot, picture: Size, reach: number): number | null {
  const at = { x: spot.x * picture.width, y: spot.y * picture.height }
  const found = marks.findLastIndex((mark) => distance(mark, at, picture) <= reach)
  return found < 0 ? null : found
}
