import type { InspectionKind } from '../../bindings/InspectionKind'

/** The first is the default: most visits are without notice. */
export const kinds: InspectionKind[] = [
  'unannounced',
  'open',
  'covert',
  'cross',
  'random',
  'special',
  'routine',
  'recheck',
  'tip_off',
  'self_check',
]
