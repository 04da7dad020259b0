/** Which file of a photo is shown. */
import type { PhotoView } from '../../bindings/PhotoView'
import { photoUrl } from '../../host'

/** The evidence copy is smaller; the original when asked for, or when there is no copy yet. */
export function urlOf(photo: PhotoView, whole: boolean): string | null {
  if (photo.undecodable) return null
  if (whole && photo.here) return photoUrl(photo.original.sha256)
  const blob = photo.evidence ?? (photo.here ? photo.original : photo.thumb)
  return blob ? photoUrl(blob.sha256) : null
}

/** Read ahead, so that the next photo is there when the key is pressed. */
export function readAhead(photos: (PhotoView | undefined)[]): void {
  for (const photo of photos) {
    const url = photo?.evidence ? urlOf(photo, false) : null
    if (url) new Image().src = url
  }
}
