import type { LifeView } from '../bindings/LifeView'
import { expect, test } from 'vitest'
import type { LifeRow } from '../bindings/LifeRow'
import type { PhotoView } from '../bindings/PhotoView'
import type { StepDetails } from '../bindings/StepDetails'
import { choicesOf, disputedRows, pairsOf, ruled, sidesOf } from './view'

const photo = (id: string, inspection = 'first') => ({ id, inspection }) as PhotoView
const row = (transition: string, step: string, kind = 'stands') =>
  ({ transition, step, standing: { kind } }) as unknown as LifeRow
const view = (over: Record<string, unknown>, rest: Partial<LifeView> = {}): LifeView =>
  ({
    row: { inspection: 'first', photos: [] },
    life: { state: 'found', grave: true, contradictions: [], listings: [], timeline: [], ...over },
    offers: [],
    recheck_due: null,
    ...rest,
  }) as unknown as LifeView
const offers = (lawful: string[], refused: string[] = []) => ({
  offers: [
    ...lawful.map((step) => ({ step, refused: null, params: {} })),
    ...refused.map((step) => ({ step, refused: 'role_missing', params: {} })),
  ],
})

test('the most likely lawful step is the large button, and stands first', () => {
  const at = (state: string, lawful: string[]) => choicesOf(view({ state }, offers(lawful))).lawful
  expect(at('found', ['rectifying', 'notified'])).toEqual(['notified', 'rectifying'])
  expect(at('passed', ['notified', 'closed'])[0]).toBe('closed')
  expect(at('closed', ['transferred', 'lookback'])[0]).toBe('lookback')
  // What is likely and not lawful is not pushed.
  expect(at('found', ['suspended'])).toEqual(['suspended'])
})

test('a listed hazard that passed is delisted before it is struck off', () => {
  const listed = view(
    { state: 'passed', listings: [{ until: null }] },
    offers(['delisted', 'notified'], ['closed']),
  )
  expect(choicesOf(listed).primary).toBe('delisted')
})

test('while steps contradict each other the decision comes first', () => {
  const disputed = view({ contradictions: [{}] }, offers(['notified', 'decided']))
  expect(choicesOf(disputed).primary).toBe('decided')
})

test('no offer is lost: lawful or refused, but for steps of a newer program', () => {
  const { lawful, refused } = choicesOf(view({}, offers(['notified', 'teleported'], ['closed'])))
  expect(lawful).toEqual(['notified'])
  expect(refused.map((one) => one.step)).toEqual(['closed'])
})

const details: Record<string, StepDetails> = {
  re: { step: 'rechecked', photos: ['b1'], inspection: 'second' } as unknown as StepDetails,
  end: { step: 'closed', after: ['b1', 'b2'] } as unknown as StepDetails,
}

const withPhotos = (timeline: LifeRow[], photos: PhotoView[]) =>
  view({ timeline }, { details, row: { inspection: 'first', photos } as never })
const idsOf = (life: LifeView) =>
  pairsOf(sidesOf(life)).map((pair) => [pair.before?.id, pair.after?.id])

test('photos of the first visit stand beside those of later ones', () => {
  const photos = [photo('a1'), photo('a2'), photo('b1', 'second'), photo('b2', 'third')]
  expect(idsOf(withPhotos([], photos))).toEqual([
    ['a1', 'b1'],
    ['a2', 'b2'],
  ])
})

test('a photo of the first visit that the closure names shows the state after', () => {
  const photos = [photo('a1'), photo('b1')]
  expect(idsOf(withPhotos([row('end', 'closed')], photos))).toEqual([['a1', 'b1']])
})

test('photos that only a step names that was set aside prove nothing', () => {
  const photos = [photo('a1'), photo('b1', 'second')]
  expect(idsOf(withPhotos([row('re', 'rechecked', 'set_aside')], photos))).toEqual([])
  const both = [row('re', 'rechecked'), row('end', 'closed', 'set_aside')]
  expect(idsOf(withPhotos(both, photos))).toEqual([['a1', 'b1']])
})

test('a photo without a partner stands alone', () => {
  expect(pairsOf({ before: [], after: [photo('b')] })).toEqual([
    { before: null, after: photo('b') },
  ])
})

test('a decision is asked about every step that takes part in a contradiction, in their order', () => {
  const life = view({
    timeline: [row('a', 'closed'), row('b', 'notified'), row('c', 'rechecked')],
    contradictions: [{ transition: 'c', key: 'unseen_steps', against: ['a'] }],
  })
  const rows = disputedRows(life)
  expect(rows.map((one) => one.transition)).toEqual(['a', 'c'])
  expect(ruled(rows, { a: true })).toEqual({ stand: ['a'], set_aside: [], unsaid: 1 })
  expect(ruled(rows, { a: true, c: false })).toEqual({ stand: ['a'], set_aside: ['c'], unsaid: 0 })
})
