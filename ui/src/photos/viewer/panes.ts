/** What somebody has opened stays open from photo to photo, as long as the window is there. */
import { ref } from 'vue'
import type { Size, Spot } from './sight'

export const factsShown = ref(true)
export const marksShown = ref(true)

/** What the viewer may ask of a stage. */
export interface StageHandle {
  zoom: (factor: number) => void
  full: () => void
  /** By parts of the frame. */
  pan: (x: number, y: number) => void
  /** What is in the middle (0 to 1), and how much of the picture is in sight (0 to 1). */
  middle: () => { spot: Spot; reach: number }
  picture: () => Size | null
}
