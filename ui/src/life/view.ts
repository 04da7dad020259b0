/** What a finding's life tells, sorted for a screen. Pure. */
import type { LifeRow } from '../bindings/LifeRow'
import type { LifeView } from '../bindings/LifeView'
import type { PhotoView } from '../bindings/PhotoView'
import type { StepDetails } from '../bindings/StepDetails'
import type { StepOffer } from '../bindings/StepOffer'
import { isStep, type StepName } from './fields'

export const detailsOfRow = (view: LifeView, row: LifeRow): StepDetails | null =>
  view.details[row.transition] ?? null

export interface Pair {
  before: PhotoView | null
  after: PhotoView | null
}

/** Photos of the state after that steps name, and whether one of those steps still counts. */
function namedAfter(view: LifeView): Map<string, boolean> {
  const named = new Map<string, boolean>()
  for (const row of view.life.timeline) {
    const counts = row.standing.kind !== 'set_aside'
    const said = detailsOfRow(view, row)
    const ids =
      said?.step === 'closed'
        ? said.after
        : said?.step === 'rechecked' || said?.step === 'lookback'
          ? said.photos
          : []
    for (const id of ids) named.set(id, counts || named.get(id) === true)
  }
  return named
}

export interface Sides {
  before: PhotoView[]
  after: PhotoView[]
}

/**
 * Before: those of the visit that found it. After: those of later visits, and those that a recheck or the
 * closure names. What only a step names that was set aside proves nothing.
 */
export function sidesOf(view: LifeView): Sides {
  const named = namedAfter(view)
  const first = (photo: PhotoView) => photo.inspection === view.row.inspection
  const isAfter = (photo: PhotoView) => named.get(photo.id) ?? !first(photo)
  return {
    before: view.row.photos.filter((photo) => first(photo) && named.get(photo.id) !== true),
    after: view.row.photos.filter(isAfter),
  }
}

/** Side by side in the order in which they were taken; what has no partner stands alone. */
export function pairsOf({ before, after }: Sides): Pair[] {
  if (after.length === 0) return []
  const count = Math.max(before.length, after.length)
  return Array.from({ length: count }, (_, at) => ({
    before: before[at] ?? null,
    after: after[at] ?? null,
  }))
}

/** What mostly comes next from where it stands; the first that is lawful becomes the large button. */
function likely(view: LifeView): StepName[] {
  const { state, grave, suspended, contradictions, listings } = view.life
  if (contradictions.length > 0) return ['decided']
  const listed = listings.some((one) => one.until === null)
  switch (state) {
    case 'found':
      return ['notified']
    case 'notified':
    case 'reopened':
      return ['rectifying']
    case 'rectifying':
      return view.recheck_due === null ? ['recheck_requested'] : ['rechecked', 'recheck_requested']
    case 'unsatisfied':
      return grave ? ['rectifying'] : ['rechecked']
    case 'recheck_requested':
      return ['rechecked']
    case 'passed':
      if (listed) return ['delisted']
      return suspended ? ['resumed', 'closed'] : ['closed']
    case 'closed':
      return ['lookback']
    case 'withdrawn':
      return ['reopened']
  }
}

export interface Offered {
  step: StepName
  offer: StepOffer
}

export interface Choices {
  primary: StepName | null
  lawful: StepName[]
  refused: Offered[]
}

/** The steps as buttons: the most likely one first. A step that this program cannot ask for is left out. */
export function choicesOf(view: LifeView): Choices {
  const offers = view.offers.flatMap((offer): Offered[] =>
    isStep(offer.step) && offer.step !== 'found' ? [{ step: offer.step, offer }] : [],
  )
  const lawful = offers.filter(({ offer }) => offer.refused === null).map(({ step }) => step)
  const refused = offers.filter(({ offer }) => offer.refused !== null)
  const primary = likely(view).find((step) => lawful.includes(step)) ?? lawful[0] ?? null
  const rest = lawful.filter((step) => step !== primary)
  return { primary, lawful: primary === null ? rest : [primary, ...rest], refused }
}

/** Every step that takes part in a contradiction, in the order of time. */
export function disputedRows(view: LifeView): LifeRow[] {
  const part = new Set(view.life.contradictions.flatMap((one) => [one.transition, ...one.against]))
  return view.life.timeline.filter((row) => part.has(row.transition))
}

/** Which steps stand by an answer for each: those not answered are missing. */
export function ruled(rows: LifeRow[], says: Record<string, boolean | undefined>) {
  const of = (stands: boolean) =>
    rows.filter((row) => says[row.transition] === stands).map((row) => row.transition)
  return {
    stand: of(true),
    set_aside: of(false),
    unsaid: rows.filter((row) => says[row.transition] === undefined).length,
  }
}
