/** One line per command; the shell's command of the same name answers it. */
import type { Answer } from './bindings/Answer'
import type { AnswerDraft } from './bindings/AnswerDraft'
import type { ChecklistSummary } from './bindings/ChecklistSummary'
import type { ConflictView } from './bindings/ConflictView'
import type { EditionDiff } from './bindings/EditionDiff'
import type { EditionImport } from './bindings/EditionImport'
import type { EditionRow } from './bindings/EditionRow'
import type { EditionView } from './bindings/EditionView'
import type { FileKind } from './bindings/FileKind'
import type { FindingDraft } from './bindings/FindingDraft'
import type { FindingRow } from './bindings/FindingRow'
import type { InspectionDraft } from './bindings/InspectionDraft'
import type { InspectionRow } from './bindings/InspectionRow'
import type { InspectionView } from './bindings/InspectionView'
import type { InstallStatus } from './bindings/InstallStatus'
import type { PersonRow } from './bindings/PersonRow'
import type { PhotoView } from './bindings/PhotoView'
import type { RejectedView } from './bindings/RejectedView'
import type { SavedFile } from './bindings/SavedFile'
import type { SignedIn } from './bindings/SignedIn'
import type { SiteRow } from './bindings/SiteRow'
import type { SyncStatus } from './bindings/SyncStatus'
import { call, send } from './host'

export interface PhotoPlace {
  inspection: string
  finding: string | null
  item: string | null
}

export interface FindingQuery {
  inspection: string | null
  search: string
  limit: number
  offset: number
}

// Headers carry ASCII only; file names are mostly Chinese.
const nameHeader = (name: string) => ({ 'x-name': encodeURIComponent(name) })

const photoHeaders = (place: PhotoPlace, name: string): Record<string, string> => ({
  'x-inspection': place.inspection,
  'x-finding': place.finding ?? '',
  'x-item': place.item ?? '',
  ...nameHeader(name),
})

export const api = {
  installStatus: () => call<InstallStatus>('install_status'),
  installEnrol: (form: { url: string; code: string; name: string }) =>
    call<InstallStatus>('install_enrol', form),
  interfaceReady: () => call<null>('interface_ready'),
  sessionUnlock: (form: { login: string; password: string }) =>
    call<SignedIn>('session_unlock', form),
  sessionLock: () => call<null>('session_lock'),
  siteList: (search: string) => call<SiteRow[]>('site_list', { search }),
  personList: () => call<PersonRow[]>('person_list'),
  checklistList: () => call<ChecklistSummary[]>('checklist_list'),
  editionList: () => call<EditionRow[]>('edition_list'),
  editionGet: (digest: string) => call<EditionView>('edition_get', { digest }),
  editionDiff: (before: string, after: string) =>
    call<EditionDiff>('edition_diff', { before, after }),
  editionPreview: (bytes: Uint8Array, name: string) =>
    send<EditionImport>('edition_preview', bytes, nameHeader(name)),
  editionImport: (bytes: Uint8Array, name: string) =>
    send<EditionImport>('edition_import', bytes, nameHeader(name)),
  editionSave: (digest: string, kind: FileKind) =>
    call<SavedFile>('edition_save', { digest, kind }),
  exampleSave: (kind: FileKind) => call<SavedFile>('example_save', { kind }),
  inspectionList: () => call<InspectionRow[]>('inspection_list'),
  inspectionStart: (draft: InspectionDraft) => call<InspectionView>('inspection_start', { draft }),
  inspectionGet: (id: string) => call<InspectionView>('inspection_get', { id }),
  inspectionFinish: (id: string) => call<InspectionView>('inspection_finish', { id }),
  answerSave: (draft: AnswerDraft) => call<Answer>('answer_save', { draft }),
  findingDraft: (of: { inspection: string; edition: string | null; item: string | null }) =>
    call<FindingDraft>('finding_draft', of),
  findingSave: (draft: FindingDraft) => call<FindingRow>('finding_save', { draft }),
  findingNotify: (id: string) => call<FindingRow>('finding_notify', { id }),
  findingClose: (id: string, reason: string) => call<FindingRow>('finding_close', { id, reason }),
  findingList: (query: FindingQuery) => call<FindingRow[]>('finding_list', { ...query }),
  photoAdd: (bytes: Uint8Array, place: PhotoPlace, name: string) =>
    send<PhotoView>('photo_add', bytes, photoHeaders(place, name)),
  originalFetch: (id: string) => call<PhotoView>('original_fetch', { id }),
  originalsRelease: () => call<SyncStatus>('originals_release'),
  localPut: (key: string, value: string) => call<null>('local_put', { key, value }),
  localGet: (key: string) => call<string | null>('local_get', { key }),
  localDelete: (key: string) => call<null>('local_delete', { key }),
  syncStatus: () => call<SyncStatus>('sync_status'),
  syncNow: () => call<SyncStatus>('sync_now'),
  syncMetered: (on: boolean) => call<SyncStatus>('sync_metered', { on }),
  conflictList: () => call<ConflictView[]>('conflict_list'),
  conflictSettle: (id: string, value: unknown) =>
    call<ConflictView[]>('conflict_settle', { id, value }),
  rejectedList: () => call<RejectedView[]>('rejected_list'),
  rejectedResend: (epoch: number, seq: number) =>
    call<RejectedView[]>('rejected_resend', { epoch, seq }),
}
