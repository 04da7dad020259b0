/** Shows a QR code while its dialog is open, and follows what comes under it. */
import { onBeforeUnmount, onMounted, ref, shallowRef } from 'vue'
import { api, type PhotoPlace } from '../api'
import type { PhoneArrival } from '../bindings/PhoneArrival'
import type { PhoneDropView } from '../bindings/PhoneDropView'

const lookMs = 500
/** A phone that has not come by then meets something in its way. */
const patienceSeconds = 25
/** A clock that is this far off makes photos hard to put in order. */
const skewSecondsMax = 120

export type Trouble = 'offline' | 'network' | 'address' | 'isolated' | 'windows' | 'linux' | 'macos'

export const links = ['hotspot', 'wireless', 'wired', 'virtual', 'loopback'] as const

/** What to try when no phone comes, the likeliest first; nothing while all may still be well. */
export function troubles(view: PhoneDropView): Trouble[] {
  if (view.phones.length > 0) return []
  if (view.addresses.every(({ link }) => link === 'loopback')) return ['offline']
  if (view.seconds_open < patienceSeconds) return []
  const address: Trouble[] = view.addresses.length > 1 ? ['address'] : []
  const system = (['windows', 'macos'] as const).find((name) => name === view.system) ?? 'linux'
  return ['network', ...address, system, 'isolated']
}

export const minutesLeft = (view: PhoneDropView): number => Math.ceil(view.seconds_left / 60)

/** How far a phone's clock is off, in minutes; 0 is near enough. */
export function skewMinutes(seconds: number): number {
  return Math.abs(seconds) < skewSecondsMax ? 0 : Math.round(seconds / 60)
}

export function percent(photo: PhoneArrival): number {
  return photo.bytes === 0 ? 0 : Math.floor((100 * photo.offset) / photo.bytes)
}

export function usePhoneDrop(place: PhotoPlace) {
  const view = shallowRef<PhoneDropView | null>(null)
  const error = shallowRef<unknown>(null)
  const expired = ref(false)
  let timer: ReturnType<typeof setTimeout> | undefined
  let closed = false

  async function ask(work: () => Promise<PhoneDropView | null>): Promise<void> {
    clearTimeout(timer)
    try {
      const now = await work()
      error.value = null
      expired.value = now === null
      view.value = now
    } catch (failure) {
      error.value = failure
    }
    // Closed while it was being opened: nothing may go on listening.
    if (closed) await api.phoneClose().catch(() => undefined)
    else if (!expired.value && !error.value) timer = setTimeout(look, lookMs)
  }

  const look = () => void ask(api.phoneStatus)
  const open = () => void ask(() => api.phoneOpen(place))
  const choose = (address: string) => void ask(() => api.phoneChoose(address))

  onMounted(open)
  onBeforeUnmount(() => {
    closed = true
    clearTimeout(timer)
    api.phoneClose().catch(() => undefined)
  })

  return { view, error, expired, open, choose }
}
