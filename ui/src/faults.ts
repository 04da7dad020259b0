import type { FaultView } from './bindings/FaultView'

/** What a failed command throws. The sentence for it is the locale text `fault.<key>`. */
export class Fault extends Error {
  constructor(readonly view: FaultView) {
    super(view.key)
    this.name = 'Fault'
  }
}

export function fault(key: string, params: Record<string, string> = {}): Fault {
  return new Fault({ code: 'Invalid', key, params, field: null, log_id: null })
}

function isFaultView(value: unknown): value is FaultView {
  return typeof value === 'object' && value !== null && 'code' in value && 'key' in value
}

/** Anything thrown becomes a fault; what we do not know is `internal`, never the raw text. */
export function toFault(error: unknown): Fault {
  if (error instanceof Fault) return error
  if (isFaultView(error)) return new Fault(error)
  return new Fault({ code: 'Internal', key: 'internal', params: {}, field: null, log_id: null })
}

export interface Sentence {
  key: string
  params: Record<string, string>
}

/** Chooses the sentence: a waiting time and a log number are only named when there is one. */
export function sentenceOf(view: FaultView, known: (key: string) => boolean): Sentence {
  const { params } = view
  if (Number(params['seconds'] ?? 0) > 0 && known(`fault.${view.key}_wait`)) {
    return { key: `fault.${view.key}_wait`, params }
  }
  if (view.key !== 'internal' && known(`fault.${view.key}`)) {
    return { key: `fault.${view.key}`, params }
  }
  return view.log_id === null
    ? { key: 'fault.internal', params: {} }
    : { key: 'fault.internal_logged', params: { log_id: view.log_id } }
}
