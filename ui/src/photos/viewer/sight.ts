/** How a picture is looked at: the arithmetic of zoom, turn and place. Pure. */
export interface Size {
  width: number
  height: number
}

export interface Spot {
  x: number
  y: number
}

export type Turn = 0 | 90 | 180 | 270

/**
 * Relative to the picture alone, so that it still holds when the window changes its size, when the
 * original takes the copy's place, and for a second picture beside the first.
 */
export interface Sight {
  /** 1: the whole picture fits. */
  zoom: number
  /** What of the upright picture lies in the middle of the frame, 0 to 1. */
  x: number
  y: number
  turn: Turn
}

export const whole: Sight = { zoom: 1, x: 0.5, y: 0.5, turn: 0 }

/** Pixels of the screen for one of the picture, at most: more shows nothing new. */
const scaleMax = 8

/** One step of the keys and buttons. */
export const zoomStep = 1.25

const sideways = (turn: Turn): boolean => turn === 90 || turn === 270

/** A way on the screen as a way on the upright picture. */
export function uprightWay(turn: Turn, dx: number, dy: number): Spot {
  switch (turn) {
    case 0:
      return { x: dx, y: dy }
    case 90:
      return { x: dy, y: -dx }
    case 180:
      return { x: -dx, y: -dy }
    case 270:
      return { x: -dy, y: dx }
  }
}

const screenWay = (turn: Turn, dx: number, dy: number): Spot =>
  uprightWay(((360 - turn) % 360) as Turn, dx, dy)

function fitScale(picture: Size, frame: Size, turn: Turn): number {
  const { width, height } = sideways(turn)
    ? { width: picture.height, height: picture.width }
    : picture
  return Math.min(frame.width / width, frame.height / height)
}

/** Pixels of the screen for one of the picture. */
export function scaleOf(sight: Sight, picture: Size, frame: Size): number {
  return fitScale(picture, frame, sight.turn) * sight.zoom
}

/** Where in the frame a spot (0 to 1) of the upright picture lies, in pixels. */
export function toFrame(sight: Sight, picture: Size, frame: Size, spot: Spot): Spot {
  const scale = scaleOf(sight, picture, frame)
  const way = screenWay(
    sight.turn,
    (spot.x - sight.x) * picture.width * scale,
    (spot.y - sight.y) * picture.height * scale,
  )
  return { x: frame.width / 2 + way.x, y: frame.height / 2 + way.y }
}

/** Which spot (0 to 1; beyond: outside) of the upright picture lies at a place of the frame. */
export function toPicture(sight: Sight, picture: Size, frame: Size, at: Spot): Spot {
  const scale = scaleOf(sight, picture, frame)
  const way = uprightWay(sight.turn, at.x - frame.width / 2, at.y - frame.height / 2)
  return {
    x: sight.x + way.x / (picture.width * scale),
    y: sight.y + way.y / (picture.height * scale),
  }
}

const clamp = (value: number, least: number, most: number): number =>
  Math.min(Math.max(value, least), most)

/** The picture never leaves the frame: what is smaller stays in the middle, what is larger covers it. */
export function settled(sight: Sight, picture: Size, frame: Size): Sight {
  const fit = fitScale(picture, frame, sight.turn)
  const zoom = clamp(sight.zoom, Math.min(1, 1 / fit), Math.max(1, scaleMax / fit))
  const across = sideways(sight.turn) ? frame.height : frame.width
  const down = sideways(sight.turn) ? frame.width : frame.height
  const middle = (value: number, length: number, room: number): number => {
    const half = room / 2 / (length * fit * zoom)
    return half >= 0.5 ? 0.5 : clamp(value, half, 1 - half)
  }
  return {
    ...sight,
    zoom,
    x: middle(sight.x, picture.width, across),
    y: middle(sight.y, picture.height, down),
  }
}

/** Larger or smaller; what lies at `at` (the middle, when not said) stays there. */
export function zoomed(
  sight: Sight,
  picture: Size,
  frame: Size,
  factor: number,
  at: Spot = { x: frame.width / 2, y: frame.height / 2 },
): Sight {
  const before = toPicture(sight, picture, frame, at)
  const near = settled({ ...sight, zoom: sight.zoom * factor }, picture, frame)
  const after = toPicture({ ...near, x: sight.x, y: sight.y }, picture, frame, at)
  return settled(
    { ...near, x: sight.x + before.x - after.x, y: sight.y + before.y - after.y },
    picture,
    frame,
  )
}

/** One pixel of the screen for each of the picture. */
export function full(sight: Sight, picture: Size, frame: Size, at?: Spot): Sight {
  return zoomed(sight, picture, frame, 1 / scaleOf(sight, picture, frame), at)
}

/** Moves the picture by so many pixels of the screen. */
export function moved(sight: Sight, picture: Size, frame: Size, dx: number, dy: number): Sight {
  const scale = scaleOf(sight, picture, frame)
  const way = uprightWay(sight.turn, dx, dy)
  return settled(
    {
      ...sight,
      x: sight.x - way.x / (picture.width * scale),
      y: sight.y - way.y / (picture.height * scale),
    },
    picture,
    frame,
  )
}

export function turned(sight: Sight, by: 90 | -90): Sight {
  return { ...sight, turn: ((sight.turn + by + 360) % 360) as Turn }
}

/** What puts an element of the picture's own size into the frame. */
export function transformOf(sight: Sight, picture: Size, frame: Size): string {
  const px = (value: number) => `${value.toFixed(2)}px`
  const scale = scaleOf(sight, picture, frame)
  const middle = `${px(frame.width / 2)}, ${px(frame.height / 2)}`
  const away = `${px(-sight.x * picture.width)}, ${px(-sight.y * picture.height)}`
  return `translate(${middle}) rotate(${sight.turn}deg) scale(${scale.toFixed(6)}) translate(${away})`
}

/** The picture is larger than the frame: arrow keys and drags move it. */
export const isLarger = (sight: Sight): boolean => sight.zoom > 1.001

/** One notch or swipe of a wheel as a factor; a wheel that counts lines counts for as much. */
export function wheelFactor(delta: number, lines: boolean): number {
  const pixels = clamp(lines ? delta * 33 : delta, -300, 300)
  return Math.exp(-pixels * 0.0022)
}
