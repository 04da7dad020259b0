/** The laptop's own camera, as far as the window grants it. */

export function hasCamera(): boolean {
  // Absent where the web view was built without it.
  return typeof (navigator.mediaDevices as MediaDevices | undefined)?.getUserMedia === 'function'
}

/** The sentence for why it does not open (Media Capture and Streams, 10.2). */
export function cameraTrouble(error: unknown): 'none' | 'refused' | 'busy' {
  const name = error instanceof Error || error instanceof DOMException ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused'
  if (name === 'NotReadableError' || name === 'AbortError') return 'busy'
  return 'none'
}

/** A name that tells the time, as cameras give them; in China's time. */
export function pictureName(now: Date): string {
  const china = new Date(now.getTime() + 8 * 3_600_000).toISOString()
  return `CAM_${china.slice(0, 19).replace(/[-:]/g, '').replace('T', '_')}.jpg`
}
