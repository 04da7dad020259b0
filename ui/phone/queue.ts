/** The photos of this page: two are sent at once, the others wait. */
import type { PhoneState } from '../src/bindings/PhoneState'
import { digestOf } from './digest'
import type { Pause } from './pause'
import { send } from './send'
import type { Wire } from './wire'
import type { Reason } from './words'

const atOnce = 2

export interface Photo {
  file: File
  /** Where it was taken: fixed, wherever the laptop goes meanwhile. */
  place: number
  title: string
  standing: 'waiting' | 'reading' | 'sending' | 'saved' | 'failed'
  sent: number
  why: Reason | null
}

export interface Queue {
  photos: Photo[]
  add: (files: File[], to: PhoneState, title: string) => void
  again: (photo: Photo) => void
  unsaved: () => number
}

/** What is certain is refused before a byte is read; phones often name no type for HEIC. */
export function refusal(file: { size: number; type: string }, bytesMax: number): Reason | null {
  if (file.size === 0) return 'empty'
  if (file.size > bytesMax) return 'too_large'
  return file.type !== '' && !file.type.startsWith('image/') ? 'not_an_image' : null
}

export function queue(
  wire: Wire,
  pause: Pause,
  changed: (photo: Photo) => void,
  gone: () => void,
): Queue {
  const photos: Photo[] = []
  let running = 0

  function set(photo: Photo, standing: Photo['standing'], why: Reason | null = null): void {
    photo.standing = standing
    photo.why = why
    changed(photo)
  }

  async function run(photo: Photo): Promise<void> {
    set(photo, 'reading')
    let sha256
    try {
      sha256 = await digestOf(photo.file)
    } catch {
      set(photo, 'failed', 'unreadable')
      return
    }
    set(photo, 'sending')
    const { file, place } = photo
    const report = (sent: number) => {
      photo.sent = sent
      changed(photo)
    }
    const offer = { place, sha256, bytes: file.size, name: file.name.slice(0, 255) }
    const outcome = await send(file, offer, { wire, pause, report })
    if (outcome === 'gone') gone()
    if (outcome === 'saved') set(photo, 'saved')
    else set(photo, 'failed', outcome)
  }

  function pump(): void {
    const next = photos.find((photo) => photo.standing === 'waiting')
    if (!next || running >= atOnce) return
    running += 1
    void run(next).then(() => {
      running -= 1
      pump()
    })
    pump()
  }

  return {
    photos,
    add(files, to, title) {
      for (const file of files) {
        const why = refusal(file, to.photo_bytes_max)
        const standing = why ? 'failed' : 'waiting'
        const photo: Photo = { file, place: to.place, title, standing, sent: 0, why }
        photos.push(photo)
        changed(photo)
      }
      pump()
    },
    again(photo) {
      set(photo, 'waiting')
      pump()
    },
    unsaved: () =>
      photos.filter(({ standing }) => standing !== 'saved' && standing !== 'failed').length,
  }
}
