/** A signature as it is drawn: strokes of points in thousandths of the field's width. Pure. */
export type Stroke = [number, number][]

/** The field's height in the same measure. */
export const fieldHeight = 320

/** The same limit as the core's: over all strokes. */
export const pointsMax = 4000

/** A pen reports more points than a hand draws; nearer ones say nothing. */
const nearest = 4

export const pointsOf = (strokes: Stroke[]): number =>
  strokes.reduce((sum, stroke) => sum + stroke.length, 0)

/** A place in a box of the screen as a point of the field, kept inside. */
export function pointIn(
  box: { left: number; top: number; width: number },
  at: { clientX: number; clientY: number },
): [number, number] {
  const inside = (value: number, most: number) => Math.min(Math.max(Math.round(value), 0), most)
  const scale = 1000 / box.width
  return [
    inside((at.clientX - box.left) * scale, 1000),
    inside((at.clientY - box.top) * scale, fieldHeight),
  ]
}

export function begun(strokes: Stroke[], point: [number, number]): Stroke[] {
  return pointsOf(strokes) < pointsMax ? [...strokes, [point]] : strokes
}

/** The last stroke goes on; beyond the limit it ends where it is. */
export function drawnOn(strokes: Stroke[], point: [number, number]): Stroke[] {
  const last = strokes.at(-1)
  const end = last?.at(-1)
  if (!last || !end || pointsOf(strokes) >= pointsMax) return strokes
  if (Math.hypot(point[0] - end[0], point[1] - end[1]) < nearest) return strokes
  return [...strokes.slice(0, -1), [...last, point]]
}

/** Three dots are no name. */
export const isSigned = (strokes: Stroke[]): boolean => pointsOf(strokes) >= 5

export function pathOf(strokes: Stroke[]): string {
  return strokes
    .map((stroke) => {
      const [first, ...rest] = stroke
      if (!first) return ''
      // A dot is a line to itself: round ends draw it.
      const on = rest.length > 0 ? rest : [first]
      return `M${first.join(' ')}L${on.map((point) => point.join(' ')).join(' ')}`
    })
    .join('')
}
