/** Every photo, chosen, dropped or pasted, takes this one way in. */
import type { FaultView } from '../bindings/FaultView'
import { fault, toFault } from '../faults'

const mib = 1024 * 1024
export const photoMibMax = 64

export interface Failure {
  name: string
  fault: FaultView
}

export interface Progress {
  done: number
  total: number
  failures: Failure[]
  /** It was stopped by hand: what is done is saved, the rest was not read. */
  stopped: boolean
}

/** Only what is certain is refused here: phones often name no type for HEIC. */
export function check(file: { size: number; type: string }): void {
  if (file.type !== '' && !file.type.startsWith('image/')) throw fault('photo_not_an_image')
  if (file.size === 0) throw fault('photo_empty')
  // Before reading: a video of 2 GiB must not be pulled into memory to be refused.
  if (file.size > photoMibMax * mib) {
    throw fault('photo_too_large', { max_mib: String(photoMibMax) })
  }
}

/** One after the other, because an old laptop has no memory for twenty; a bad one stops no other. */
export async function takeIn(
  files: File[],
  add: (file: File, bytes: Uint8Array) => Promise<void>,
  report: (progress: Progress) => void,
  signal?: AbortSignal,
): Promise<Progress> {
  const progress: Progress = { done: 0, total: files.length, failures: [], stopped: false }
  report({ ...progress })
  for (const file of files) {
    if (signal?.aborted) {
      progress.stopped = true
      report({ ...progress })
      break
    }
    try {
      check(file)
      await add(file, new Uint8Array(await file.arrayBuffer()))
    } catch (error) {
      progress.failures = [...progress.failures, { name: file.name, fault: toFault(error).view }]
    }
    progress.done += 1
    report({ ...progress })
  }
  return progress
}

/** The files of a drop or a paste; text and links give none. */
export function filesOf(data: DataTransfer | null): File[] {
  return data ? [...data.files] : []
}
