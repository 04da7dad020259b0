/** What a parent may ask of a photo panel. */
export interface PhotoPanelHandle {
  choose: () => void
  /** Shows the QR code for phones. */
  phone: () => void
  /** Resolves when nothing is being read any more; false when something failed. */
  settled: () => Promise<boolean>
}
