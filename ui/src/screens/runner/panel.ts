/** What the runner's keys ask of the side panel. */
export interface SidePanelHandle {
  note: () => void
  photo: () => void
  phone: () => void
}
