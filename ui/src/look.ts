/** How the window looks and when it locks: kept on this laptop, whoever signs in. */
import { reactive, readonly } from 'vue'
import { api } from './api'
import { zoomTo } from './host'

export const themes = ['light', 'dark', 'sun'] as const
export type Theme = (typeof themes)[number]
/** Percent. */
export const sizes = [100, 115, 130, 150] as const
/** Minutes without a key until the window locks; 0: never. */
export const locks = [0, 5, 10, 30] as const

export interface Look {
  theme: Theme
  size: number
  lock: number
}

const key = 'ui/look'
export const usual: Look = { theme: 'light', size: 100, lock: 10 }

const oneOf = <T>(all: readonly T[], wish: unknown, otherwise: T): T =>
  all.find((one) => one === wish) ?? otherwise

/** What was kept, or is unknown to this version, falls back value by value. */
export function lookFrom(text: string | null): Look {
  let told: Partial<Record<keyof Look, unknown>> | null = null
  try {
    told = JSON.parse(text ?? '{}') as Partial<Record<keyof Look, unknown>> | null
  } catch {
    // Nothing that is worth a word to the person.
  }
  return {
    theme: oneOf(themes, told?.theme, usual.theme),
    size: oneOf<number>(sizes, told?.size, usual.size),
    lock: oneOf<number>(locks, told?.lock, usual.lock),
  }
}

const now = reactive<Look>({ ...usual })
export const look = readonly(now)

function show(): void {
  document.documentElement.dataset['theme'] = now.theme
  void zoomTo(now.size / 100)
}

export async function recallLook(): Promise<void> {
  Object.assign(now, lookFrom(await api.localGet(key).catch(() => null)))
  show()
}

export function setLook(wish: Partial<Look>): void {
  Object.assign(now, wish)
  show()
  // What cannot be kept holds until the window closes.
  api.localPut(key, JSON.stringify(now)).catch(() => undefined)
}
