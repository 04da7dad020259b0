/** Small records for unit tests: a test names only what it is about. */
import type { Answer } from './bindings/Answer'
import type { ConflictSide } from './bindings/ConflictSide'
import type { ConflictView } from './bindings/ConflictView'
import type { EditionItem } from './bindings/EditionItem'
import type { EditionRow } from './bindings/EditionRow'
import type { FindingRow } from './bindings/FindingRow'
import type { InspectionRow } from './bindings/InspectionRow'
import type { InspectionView } from './bindings/InspectionView'
import type { ItemView } from './bindings/ItemView'
import type { JudgementView } from './bindings/JudgementView'
import type { Measure } from './bindings/Measure'
import type { PhotoView } from './bindings/PhotoView'
import type { RejectedView } from './bindings/RejectedView'
import type { SyncItem } from './bindings/SyncItem'
import type { SyncStatus } from './bindings/SyncStatus'
import type { SyncTick } from './bindings/SyncTick'

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
  reporter: '',
  code: '',
  joined: false,
  ...over,
})

export const judgement = (over: Partial<JudgementView> = {}): JudgementView => ({
  applicability: 'applies',
  measured: null,
  ticked: null,
  failure: 'general',
  contradiction: null,
  needs_reason: false,
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
  facility: '',
  prejudge: false,
  conditions: [],
  formula: null,
  judged: judgement(),
  before: null,
  measures: [],
  penalty: null,
  note: null,
  ...over,
})

export const edition = (version: string, over: Partial<EditionRow> = {}): EditionRow => ({
  edition: { id: 'city_gas', version, digest: `d${version}` },
  sector: 'city_gas',
  title: { zh: `Title ${version}`, en: null, bo: null },
  in_force_from: null,
  in_force_until: null,
  origin: 'built_in',
  state: 'in_force',
  items: 1,
  major: 0,
  open_visits: 0,
  ...over,
})

export const editionItem = (code: string, over: Partial<EditionItem> = {}): EditionItem => ({
  item: item(code),
  asked: true,
  in_force_from: null,
  in_force_until: null,
  confidence: 'verified',
  sources: [],
  measures: [],
  conditions: [],
  ...over,
})

export const measure = (over: Partial<Measure> = {}): Measure => ({
  quantity: { zh: 'Distance', en: null, bo: null },
  unit: 'm',
  role: 'fails_when',
  op: '<',
  value: '0.5',
  range: null,
  limit: null,
  limit_from: null,
  scale: null,
  value_from: null,
  also: null,
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
  ticks: [],
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
  facility: '',
  name: `${id}.jpg`,
  original: { sha256: id, bytes: 1, mime: 'image/jpeg' },
  evidence: null,
  thumb: null,
  width: null,
  height: null,
  taken: null,
  added: '2026-11-23T02:00:00Z',
  by: 'p',
  number: 1,
  source: 'file',
  camera: '',
  camera_point: null,
  camera_accuracy_m: null,
  direction_deg: null,
  altitude_m: null,
  position: null,
  site_metres: null,
  clock_ahead_s: null,
  proves: '',
  marks: [],
  doubts: [],
  undecodable: false,
  trouble: null,
  here: true,
  coming: false,
  ...over,
})

export const findingRow = (id: string, over: Partial<FindingRow> = {}): FindingRow => ({
  id,
  inspection: 'visit',
  site: 'site',
  site_name: 'Site',
  item: null,
  facility: '',
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
  not_here: 0,
  facilities: [],
  units: [],
  verdicts: [],
  finished: null,
  place: null,
  ...over,
})

export const syncStatus = (over: Partial<SyncStatus> = {}): SyncStatus => ({
  state: 'idle',
  changes_unsent: 0,
  blobs_unsent: 0,
  bytes_unsent: 0,
  rate: null,
  seconds_left: null,
  oldest_unsent: null,
  oldest_alarm: false,
  last_contact: null,
  trouble: null,
  metered: false,
  lid_may_close: true,
  rejected: 0,
  conflicts: 0,
  originals_here: 0,
  originals_here_bytes: 0,
  items: [],
  ...over,
})

export const syncTick = (over: Partial<SyncTick> = {}): SyncTick => ({
  total: 0,
  sent: 0,
  bytes: 0,
  bytes_sent: 0,
  ...over,
})

export const syncItem = (inspection: string, over: Partial<SyncItem> = {}): SyncItem => ({
  inspection,
  site_name: 'Site',
  begun: '2026-11-23T02:00:00Z',
  records: syncTick(),
  evidence: syncTick(),
  originals: syncTick(),
  trouble: null,
  ...over,
})

export const rejectedView = (seq: number, over: Partial<RejectedView> = {}): RejectedView => ({
  epoch: 1,
  seq,
  at: '2026-11-23T02:00:00Z',
  author_name: 'Person',
  reason: 'wrong_author',
  kinds: ['finding'],
  site_name: 'Site',
  inspection: 'visit',
  ...over,
})

export const conflictSide = (value: unknown, over: Partial<ConflictSide> = {}): ConflictSide => ({
  value,
  author_name: 'Person',
  at: '2026-11-23T02:00:00Z',
  device_name: 'Laptop',
  here: false,
  ...over,
})

export const conflictView = (id: string, over: Partial<ConflictView> = {}): ConflictView => ({
  id,
  kind: 'finding',
  record: 'finding',
  field: 'level',
  disputed: true,
  title: 'Hazard',
  site_name: 'Site',
  inspection: 'visit',
  winner: conflictSide('major', { here: true }),
  loser: conflictSide('general'),
  ...over,
})
