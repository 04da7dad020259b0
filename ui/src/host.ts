/** The only file that knows the program around the page: nothing else imports `@tauri-apps/*`. */
import { convertFileSrc, invoke } from '@tauri-apps/api/core'
import { listen } from '@tauri-apps/api/event'
import { getCurrentWebview } from '@tauri-apps/api/webview'
import type { Changed } from './bindings/Changed'
import { toFault } from './faults'

export async function call<T>(command: string, args: Record<string, unknown> = {}): Promise<T> {
  try {
    return await invoke<T>(command, args)
  } catch (error) {
    throw toFault(error)
  }
}

/** Bytes go as the raw body: through JSON a photo would take seconds. */
export async function send<T>(
  command: string,
  bytes: Uint8Array,
  headers: Record<string, string>,
): Promise<T> {
  try {
    return await invoke<T>(command, bytes, { headers })
  } catch (error) {
    throw toFault(error)
  }
}

/** Tells when something was saved or has arrived. */
export function onChanged(heard: (changed: Changed) => void): void {
  // A page without events still works, it only refreshes later; so a failure here is not fatal.
  listen<Changed>('changed', (message) => heard(message.payload)).catch(() => undefined)
}

export function photoUrl(sha256: string): string {
  return convertFileSrc(sha256, 'photo')
}

/** Everything larger or smaller, as by Ctrl and plus in a browser; 1 is usual. */
export async function zoomTo(factor: number): Promise<void> {
  // A window that cannot do it is still to be worked with.
  await getCurrentWebview()
    .setZoom(factor)
    .catch(() => undefined)
}
