/** What a parent may ask of a photo panel. */
export interface PhotoPanelHandle {
  choose: () => void
  /** Resolves when nothing is being read any more; false when something failed. */
  settled: () => Promise<boolean>
}
