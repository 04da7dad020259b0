/** Filters that somebody gave a name to, kept on this laptop. Pure. */

export interface SavedFilter {
  name: string
  /** As in the address of the page. */
  address: Record<string, string>
}

export const savedKey = 'ledger/saved'
export const savedMax = 30
export const nameCharsMax = 30

/** Not what a number counts or a lot drew: in a week that means something else than its name says. */
const passing = ['counted', 'only', 'finding']

export function parseSaved(text: string | null): SavedFilter[] {
  try {
    const read: unknown = JSON.parse(text ?? '[]')
    if (!Array.isArray(read)) return []
    return read.flatMap((one: Partial<SavedFilter> | null) => {
      const { name, address } = one ?? {}
      if (typeof name !== 'string' || typeof address !== 'object') return []
      const texts = Object.entries(address).filter(([, value]) => typeof value === 'string')
      return [{ name, address: Object.fromEntries(texts) }]
    })
  } catch {
    return []
  }
}

/** The newest first; one of the same name is replaced. */
export function withSaved(
  saved: SavedFilter[],
  typed: string,
  address: Record<string, string>,
): SavedFilter[] {
  const name = typed.trim().slice(0, nameCharsMax)
  if (name === '') return saved
  const lasting = Object.entries(address).filter(([key]) => !passing.includes(key))
  const others = saved.filter((one) => one.name !== name)
  return [{ name, address: Object.fromEntries(lasting) }, ...others].slice(0, savedMax)
}

export const withoutSaved = (saved: SavedFilter[], name: string) =>
  saved.filter((one) => one.name !== name)

const sorted = (address: Record<string, string>) =>
  JSON.stringify(Object.entries(address).sort(([a], [b]) => (a < b ? -1 : 1)))

/** The saved filter that the list shows now; its name stands in the field. */
export const chosenOf = (saved: SavedFilter[], address: Record<string, string>) =>
  saved.find((one) => sorted(one.address) === sorted(address))
