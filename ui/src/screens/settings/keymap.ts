/** The keys of the screens where hands are quick: what is listed is what the screens answer to. */
export interface KeyGroup {
  name: string
  keys: [keys: string, does: string][]
}

export const keymap: KeyGroup[] = [
  {
    name: 'runner',
    keys: [
      ['1', 'compliant'],
      ['2', 'non_compliant'],
      ['3', 'not_applicable'],
      ['4', 'undetermined'],
      ['5', 'not_checked'],
      ['J / ↓', 'next'],
      ['K / ↑', 'previous'],
      ['N', 'note'],
      ['P', 'photo'],
      ['M', 'phone'],
      ['F', 'free_finding'],
      ['T', 'ticks'],
      ['L', 'before'],
      ['U', 'undo'],
      ['Shift+U', 'redo'],
      ['/', 'search'],
      ['Ctrl+Enter', 'finish'],
    ],
  },
  {
    name: 'ledger',
    keys: [
      ['/', 'search'],
      ['↑ ↓', 'choose'],
      ['Enter', 'open'],
      ['Esc', 'close'],
    ],
  },
  {
    name: 'forms',
    keys: [
      ['Tab', 'field'],
      ['Enter', 'save'],
      ['Esc', 'leave'],
    ],
  },
]
