/** The columns of the ledger: which there are, how wide, and which somebody chose. Pure. */

export type Column =
  | 'level'
  | 'hazard'
  | 'site'
  | 'part'
  | 'region'
  | 'sector'
  | 'state'
  | 'deadline'
  | 'due'
  | 'found'
  | 'by'
  | 'channel'
  | 'listed'
  | 'photos'

export const columnsKey = 'ledger/columns'

/** In the order in which they stand: the least width in pixels, and how much of what is left over. */
const widths: Record<Column, [number, number]> = {
  level: [64, 0],
  hazard: [200, 3],
  site: [140, 2],
  part: [110, 1],
  region: [110, 1],
  sector: [110, 0],
  state: [166, 0],
  deadline: [180, 0],
  due: [104, 0],
  found: [104, 0],
  by: [90, 0],
  channel: [130, 0],
  listed: [84, 0],
  photos: [52, 0],
}
export const gap = 12

export const columns = Object.keys(widths) as Column[]

export const usual: Column[] = [
  'level',
  'hazard',
  'site',
  'state',
  'deadline',
  'due',
  'found',
  'by',
]

/** A list without what is wrong says nothing. */
export const fixed: Column = 'hazard'

/** Beside an open finding there is room for these. */
const narrow: Column[] = ['level', 'hazard', 'site', 'state', 'deadline']

export function parseColumns(text: string | null): Column[] {
  try {
    const read: unknown = JSON.parse(text ?? 'null')
    if (!Array.isArray(read)) return usual
    return inOrder(read.filter((one): one is Column => columns.includes(one as Column)))
  } catch {
    return usual
  }
}

export const inOrder = (chosen: Column[]) =>
  columns.filter((one) => one === fixed || chosen.includes(one))

export function toggled(chosen: Column[], column: Column): Column[] {
  return inOrder(
    chosen.includes(column) ? chosen.filter((one) => one !== column) : [...chosen, column],
  )
}

export function shownOf(chosen: Column[], beside: boolean): Column[] {
  return beside ? chosen.filter((one) => narrow.includes(one)) : chosen
}

/** As a grid of CSS takes them. Every row gets the same, whatever stands in it. */
export const tracksOf = (shown: Column[]) =>
  shown
    .map((one) => {
      const [least, share] = widths[one]
      return share === 0 ? `${least}px` : `minmax(${least}px, ${share}fr)`
    })
    .join(' ')

/** Narrower than this the list is moved sideways, and no column is lost. */
export const leastOf = (shown: Column[]) =>
  shown.reduce((sum, one) => sum + widths[one][0] + gap, -gap)
