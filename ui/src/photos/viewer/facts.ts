/** What a photo says, in words; where it contradicts itself or its visit, with what to do next. */
import type { Doubt } from '../../bindings/Doubt'
import type { PhotoView } from '../../bindings/PhotoView'
import { moment } from '../../format'
import { i18n, listed } from '../../i18n'
import { coordinates } from './place'

/** Hints for whoever takes photos; all else contradicts something. */
export const hints = ['blurred', 'dark']

/** The same limit as the core's. */
export const provesMax = 500

export const isHint = (doubt: Doubt): boolean => hints.includes(doubt.kind)

/** What comes up right after taking a photo, while another one can still be taken. */
export const retakes = ['blurred', 'dark', 'cut_short', 'twin']

export const contradictions = (photo: PhotoView): Doubt[] =>
  photo.doubts.filter((doubt) => !isHint(doubt))

export interface Span {
  unit: 'minutes' | 'hours' | 'days'
  count: number
}

/** A span as people say it: minutes up to two hours, hours up to two days. */
export function spanOf(minutes: number): Span {
  if (minutes < 120) return { unit: 'minutes', count: minutes }
  if (minutes < 48 * 60) return { unit: 'hours', count: Math.round(minutes / 60) }
  return { unit: 'days', count: Math.round(minutes / 1440) }
}

export function spanWords(minutes: number): string {
  const { unit, count } = spanOf(minutes)
  return i18n.global.t(`photo.span.${unit}`, { count })
}

export function metresWords(metres: number): string {
  const { t } = i18n.global
  return metres < 1000
    ? t('photo.metres', { count: metres })
    : t('photo.kilometres', { count: (metres / 1000).toFixed(1) })
}

/** A sentence with what to do next. `numberOf` tells a photo of the same list by its number. */
export function doubtWords(doubt: Doubt, numberOf: (id: string) => number | undefined): string {
  const { t } = i18n.global
  switch (doubt.kind) {
    case 'taken_before':
    case 'taken_after':
    case 'camera_clock':
    case 'laptop_clock':
      return t(`photo.doubt.${doubt.kind}`, { span: spanWords(doubt.minutes) })
    case 'far_from_site':
      return t('photo.doubt.far_from_site', { distance: metresWords(doubt.metres) })
    case 'twin': {
      const number = numberOf(doubt.photo)
      return number === undefined ? t('photo.doubt.twin') : t('photo.doubt.twin_of', { number })
    }
    default:
      return t(`photo.doubt.${doubt.kind}`)
  }
}

/** The camera's time; where it is no instant, its own words. */
export function takenWords(taken: string | null): string {
  if (taken === null) return i18n.global.t('photo.fact.no_time')
  return Number.isNaN(new Date(taken).getTime()) ? taken : moment(taken)
}

/** How the laptop's clock stood when the photo came in. */
export function clockWords(ahead: number | null): string {
  const { t } = i18n.global
  if (ahead === null) return t('photo.fact.clock_unknown')
  const off = Math.abs(ahead)
  if (off < 2) return t('photo.fact.clock_right')
  const span = off < 120 ? t('photo.span.seconds', { count: off }) : spanWords(Math.round(off / 60))
  return t(ahead > 0 ? 'photo.fact.clock_ahead' : 'photo.fact.clock_behind', { span })
}

const within = (accuracy: number | null): string =>
  accuracy === null ? '' : ` ±${metresWords(accuracy)}`

/** Who says where, and how exactly: what a person or a receiver says stands first. */
export function placeLines(photo: PhotoView): { source: string; place: string }[] {
  const lines: { source: string; place: string }[] = []
  const { position } = photo
  if (position) {
    const point = position.point ? coordinates(position.point) + within(position.accuracy_m) : ''
    const place = [position.words, point].filter((part) => part !== '').join(' · ')
    lines.push({ source: position.source, place })
  }
  if (photo.camera_point) {
    const place = coordinates(photo.camera_point) + within(photo.camera_accuracy_m)
    lines.push({ source: 'camera', place })
  }
  return lines
}

const winds = ['n', 'ne', 'e', 'se', 's', 'sw', 'w', 'nw'] as const

/** One of eight winds; a compass in a phone is no finer. */
export function windOf(degrees: number): (typeof winds)[number] {
  return winds[Math.round(degrees / 45) % 8] ?? 'n'
}

/** One line for lists: the place in words or coordinates. */
export function placeShort(photo: PhotoView): string {
  const first = placeLines(photo)[0]
  return first ? (photo.position?.words ?? '') || first.place : ''
}

/** What it proves: a person's words first, then the hazard, then the question. */
export function provesWords(
  photo: PhotoView,
  of: { hazard: string | null; question: string | null } | undefined,
): string {
  const said = [photo.proves, of?.hazard ?? '', of?.question ?? ''].filter((part) => part !== '')
  return said[0] ?? ''
}

/** All doubts of a photo in one line, for a title or a list. */
export function doubtsLine(photo: PhotoView, numberOf: (id: string) => number | undefined): string {
  return listed(photo.doubts.map((doubt) => doubtWords(doubt, numberOf)))
}
