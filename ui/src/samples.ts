/** Small records for unit tests: a test names only what it is about. */
import type { Answer } from './bindings/Answer'
import type { FindingRow } from './bindings/FindingRow'
import type { InspectionRow } from './bindings/InspectionRow'
import type { InspectionView } from './bindings/InspectionView'
import type { ItemView } from './bindings/ItemView'
import type { PhotoView } from './bindings/PhotoView'
import type { SyncStatus } from './bindings/SyncStatus'

export const inspectionRow = (over: Partial<InspectionRow> = {}): InspectionRow => ({
  id: 'visit',
  site: 'site',
  site_name: 'Site',
  kind: 'unannounced',
  begun: '2026-11-23T02:00:00Z',
  ended: null,
  sectors: [],
  answered: 0,
  total: 0,
  findings: 0,
  major: 0,
  photos: 0,
  unsent: 0,
  mine: true,
  ...over,
})

export const item = (code: string, over: Partial<ItemView> = {}): ItemView => ({
  edition: { id: 'city_gas', version: '1', digest: 'd' },
  code,
  group: 'A',
  level: 'general',
  question: { zh: `Question ${code}`, en: null, bo: null },
  fail_on: 'no',
  hazard: '',
  evidence: [],
  basis: '',
  citable: true,
  applies: null,
  condition: null,
  measures: [],
  penalty: null,
  note: null,
  ...over,
})

export const answer = (code: string, over: Partial<Answer> = {}): Answer => ({
  id: `answer-${code}`,
  inspection: 'visit',
  edition: 'city_gas',
  item: code,
  facility: '',
  result: 'compliant',
  readings: [],
  note: '',
  reason: '',
  by: 'p',
  at: '2026-11-23T02:00:00Z',
  ...over,
})

export const photo = (id: string, over: Partial<PhotoView> = {}): PhotoView => ({
  id,
  inspection: 'visit',
  finding: null,
  item: null,
  name: `${id}.jpg`,
  original: { sha256: id, bytes: 1, mime: 'image/jpeg' },
  evidence: null,
  thumb: null,
  width: null,
  height: null,
  taken: null,
  added: '2026-11-23T02:00:00Z',
  by: 'p',
  undecodable: false,
  here: true,
  ...over,
})

export const findingRow = (id: string, over: Partial<FindingRow> = {}): FindingRow => ({
  id,
  inspection: 'visit',
  site: 'site',
  site_name: 'Site',
  item: null,
  question: null,
  level: 'general',
  hazard: 'Hazard',
  part: '',
  basis: '',
  citable: true,
  deadline: null,
  note: '',
  state: 'found',
  overdue: false,
  found: '2026-11-23T02:00:00Z',
  by: 'p',
  photos: [],
  ...over,
})

export const inspectionView = (over: Partial<InspectionView> = {}): InspectionView => ({
  row: inspectionRow(),
  items: [],
  answers: [],
  findings: [],
  photos: [],
  not_checked: 0,
  finished: null,
  place: null,
  ...over,
})

export const syncStatus = (over: Partial<SyncStatus> = {}): SyncStatus => ({
  state: 'idle',
  changes_unsent: 0,
  blobs_unsent: 0,
  bytes_unsent: 0,
  oldest_unsent: null,
  last_contact: null,
  trouble: null,
  rejected: 0,
  items: [],
  ...over,
})
