/** How dates, sizes and shares are written; everything civil is in Beijing time. */
const zone = 'Asia/Shanghai'

function parts(instant: string): Record<string, string> | null {
  const date = new Date(instant)
  if (Number.isNaN(date.getTime())) return null
  const format = new Intl.DateTimeFormat('en-GB', {
    timeZone: zone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
  })
  return Object.fromEntries(format.formatToParts(date).map((part) => [part.type, part.value]))
}

export function day(instant: string | null): string {
  const p = instant === null ? null : parts(instant)
  return p ? `${p['year'] ?? ''}-${p['month'] ?? ''}-${p['day'] ?? ''}` : '—'
}

export function moment(instant: string | null): string {
  const p = instant === null ? null : parts(instant)
  return p ? `${day(instant)} ${p['hour'] ?? ''}:${p['minute'] ?? ''}` : '—'
}

export function bytes(count: number): string {
  if (count < 1024) return `${count} B`
  if (count < 1024 * 1024) return `${(count / 1024).toFixed(0)} KB`
  return `${(count / 1024 / 1024).toFixed(1)} MB`
}

/** A civil date some days after another; deadlines are civil dates, not instants. */
export function daysAfter(civil: string, days: number): string {
  const date = new Date(`${civil}T00:00:00Z`)
  date.setUTCDate(date.getUTCDate() + days)
  return date.toISOString().slice(0, 10)
}

export function isCivilDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false
  const date = new Date(`${text}T00:00:00Z`)
  return !Number.isNaN(date.getTime()) && date.toISOString().startsWith(text)
}

/** Typed with gloves: `20261130`, `2026.11.30` and `2026-11-30` mean the same day. */
export function civilDate(typed: string): string | null {
  const match = /^(\d{4})[-./]?(\d{1,2})[-./]?(\d{1,2})$/.exec(typed.trim())
  if (!match) return null
  const [, year = '', month = '', date = ''] = match
  const civil = `${year}-${month.padStart(2, '0')}-${date.padStart(2, '0')}`
  return isCivilDate(civil) ? civil : null
}
