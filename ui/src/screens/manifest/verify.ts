/** Reading every file of a visit again and telling which are no longer what they were. */
import { reactive, shallowRef } from 'vue'
import type { PhotoVerdict } from '../../bindings/PhotoVerdict'
import type { PhotoView } from '../../bindings/PhotoView'

/** The columns of the list. */
export const columns = ['photo', 'proves', 'time', 'place', 'file', 'verdict']

/** What a verdict means for a person. */
export interface Tally {
  checked: number
  whole: number
  elsewhere: number
  /** Numbers of photos, in their order. */
  altered: number[]
  missing: number[]
  /** The original is whole, a copy is not: nothing of the evidence is lost. */
  copies: number[]
}

export function tally(photos: PhotoView[], verdicts: ReadonlyMap<string, PhotoVerdict>): Tally {
  const sum: Tally = { checked: 0, whole: 0, elsewhere: 0, altered: [], missing: [], copies: [] }
  for (const photo of photos) {
    const verdict = verdicts.get(photo.id)
    if (!verdict) continue
    sum.checked += 1
    if (verdict.original === 'altered') sum.altered.push(photo.number)
    else if (verdict.original === 'missing') sum.missing.push(photo.number)
    else if (verdict.original === 'elsewhere') sum.elsewhere += 1
    else sum.whole += 1
    const broken = verdict.copies === 'altered' || verdict.copies === 'missing'
    const sound = verdict.original === 'whole' || verdict.original === 'elsewhere'
    if (broken && sound) sum.copies.push(photo.number)
  }
  return sum
}

/** One after the other, so that the laptop stays usable; what was found stays when it is stopped. */
export function useVerify(verify: (photo: string) => Promise<PhotoVerdict>) {
  const verdicts = reactive(new Map<string, PhotoVerdict>())
  const now = shallowRef<{ done: number; total: number } | null>(null)
  const failure = shallowRef<unknown>(null)
  let wanted = 0

  async function start(photos: PhotoView[]): Promise<void> {
    const mine = ++wanted
    verdicts.clear()
    failure.value = null
    for (const [done, photo] of photos.entries()) {
      now.value = { done, total: photos.length }
      try {
        const verdict = await verify(photo.id)
        if (mine !== wanted) return
        verdicts.set(photo.id, verdict)
      } catch (error) {
        if (mine !== wanted) return
        failure.value = error
        break
      }
    }
    now.value = null
  }

  function stop(): void {
    wanted += 1
    now.value = null
  }

  /** One alone, after something was done about it. */
  async function again(photo: string): Promise<void> {
    verdicts.set(photo, await verify(photo))
  }

  return { verdicts, now, failure, start, stop, again }
}
