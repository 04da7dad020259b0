/** One line per command; the shell's command of the same name answers it. */
import type { Answer } from './bindings/Answer'
import type { AnswerDraft } from './bindings/AnswerDraft'
import type { BackupFound } from './bindings/BackupFound'
import type { BackupRunning } from './bindings/BackupRunning'
import type { BackupTarget } from './bindings/BackupTarget'
import type { BackupView } from './bindings/BackupView'
import type { BulkOutcome } from './bindings/BulkOutcome'
import type { ChecklistSummary } from './bindings/ChecklistSummary'
import type { Column } from './bindings/Column'
import type { ConflictView } from './bindings/ConflictView'
import type { DangerView } from './bindings/DangerView'
import type { DivisionName } from './bindings/DivisionName'
import type { EditionDiff } from './bindings/EditionDiff'
import type { EditionImport } from './bindings/EditionImport'
import type { EditionRef } from './bindings/EditionRef'
import type { EditionRow } from './bindings/EditionRow'
import type { EditionView } from './bindings/EditionView'
import type { FacilityUnit } from './bindings/FacilityUnit'
import type { FileKind } from './bindings/FileKind'
import type { FindingDraft } from './bindings/FindingDraft'
import type { FindingRow } from './bindings/FindingRow'
import type { HealthView } from './bindings/HealthView'
import type { ImportDone } from './bindings/ImportDone'
import type { ImportProgress } from './bindings/ImportProgress'
import type { ImportRow } from './bindings/ImportRow'
import type { ImportState } from './bindings/ImportState'
import type { ImportSum } from './bindings/ImportSum'
import type { ImportTable } from './bindings/ImportTable'
import type { InspectionDraft } from './bindings/InspectionDraft'
import type { InspectionRow } from './bindings/InspectionRow'
import type { InspectionView } from './bindings/InspectionView'
import type { InstallStatus } from './bindings/InstallStatus'
import type { JudgementView } from './bindings/JudgementView'
import type { ManifestView } from './bindings/ManifestView'
import type { LedgerPage } from './bindings/LedgerPage'
import type { LedgerQuery } from './bindings/LedgerQuery'
import type { LifeView } from './bindings/LifeView'
import type { Mark } from './bindings/Mark'
import type { MergeDraft } from './bindings/MergeDraft'
import type { MergePreview } from './bindings/MergePreview'
import type { OrganizationRow } from './bindings/OrganizationRow'
import type { Paste } from './bindings/Paste'
import type { PersonRow } from './bindings/PersonRow'
import type { PhoneQr } from './bindings/PhoneQr'
import type { PhotoVerdict } from './bindings/PhotoVerdict'
import type { PhoneDropView } from './bindings/PhoneDropView'
import type { PhotoView } from './bindings/PhotoView'
import type { Point } from './bindings/Point'
import type { PortView } from './bindings/PortView'
import type { Position } from './bindings/Position'
import type { QuickDraft } from './bindings/QuickDraft'
import type { QuickRound } from './bindings/QuickRound'
import type { QuickView } from './bindings/QuickView'
import type { ReceiverView } from './bindings/ReceiverView'
import type { RecheckDraft } from './bindings/RecheckDraft'
import type { RecheckView } from './bindings/RecheckView'
import type { RejectedView } from './bindings/RejectedView'
import type { RestoreView } from './bindings/RestoreView'
import type { ReviewView } from './bindings/ReviewView'
import type { RuleTold } from './bindings/RuleTold'
import type { SalvageView } from './bindings/SalvageView'
import type { SavedFile } from './bindings/SavedFile'
import type { SignedIn } from './bindings/SignedIn'
import type { SigningDraft } from './bindings/SigningDraft'
import type { SiteDraft } from './bindings/SiteDraft'
import type { SiteFacets } from './bindings/SiteFacets'
import type { SitePage } from './bindings/SitePage'
import type { SiteQuery } from './bindings/SiteQuery'
import type { SiteRow } from './bindings/SiteRow'
import type { SiteView } from './bindings/SiteView'
import type { StatisticsPage } from './bindings/StatisticsPage'
import type { StatisticsRequest } from './bindings/StatisticsRequest'
import type { StepDetails } from './bindings/StepDetails'
import type { SyncStatus } from './bindings/SyncStatus'
import type { WorkbenchView } from './bindings/WorkbenchView'
import { call, send } from './host'

export interface PhotoPlace {
  inspection: string
  finding: string | null
  item: string | null
  facility: string
}

/** A file from anywhere, or a picture that the laptop's own camera just took. */
export type PhotoOrigin = 'file' | 'webcam'

// Headers carry ASCII only; file names are mostly Chinese.
const named = (name: string): Record<string, string> => ({ 'x-name': encodeURIComponent(name) })

const photoHeaders = (
  place: PhotoPlace,
  name: string,
  source: PhotoOrigin,
): Record<string, string> => ({
  'x-source': source,
  'x-inspection': place.inspection,
  'x-finding': place.finding ?? '',
  'x-item': place.item ?? '',
  'x-facility': encodeURIComponent(place.facility),
  ...named(name),
})

export const api = {
  installStatus: () => call<InstallStatus>('install_status'),
  installEnrol: (form: { url: string; code: string; name: string }) =>
    call<InstallStatus>('install_enrol', form),
  interfaceReady: (at: string) => call<null>('interface_ready', { at }),
  sessionUnlock: (form: { login: string; password: string }) =>
    call<SignedIn>('session_unlock', form),
  pinSet: (password: string, pin: string | null) => call<null>('pin_set', { password, pin }),
  sessionLock: () => call<null>('session_lock'),
  siteList: (search: string) => call<SiteRow[]>('site_list', { search }),
  siteSearch: (query: SiteQuery) => call<SitePage>('site_search', { query }),
  siteFacets: () => call<SiteFacets>('site_facets'),
  siteGet: (id: string) => call<SiteView>('site_get', { id }),
  siteSave: (draft: SiteDraft) => call<SiteView>('site_save', { draft }),
  siteSimilar: (draft: SiteDraft) => call<SiteRow[]>('site_similar', { draft }),
  divisionList: () => call<DivisionName[]>('division_list'),
  organizationList: (search: string) => call<OrganizationRow[]>('organization_list', { search }),
  mergePreview: (survivor: string, duplicate: string) =>
    call<MergePreview>('merge_preview', { survivor, duplicate }),
  siteMerge: (draft: MergeDraft) => call<SiteView>('site_merge', { draft }),
  sitePart: (duplicate: string) => call<SiteView>('site_part', { duplicate }),
  importRead: (bytes: Uint8Array) => send<ImportTable>('import_read', bytes, {}),
  importCheck: (columns: (Column | null)[]) => call<ImportSum>('import_check', { columns }),
  importRows: (of: { state: ImportState | null; offset: number; limit: number }) =>
    call<ImportRow[]>('import_rows', of),
  importRun: (states: ImportState[]) => call<ImportDone>('import_run', { states }),
  importProgress: () => call<ImportProgress>('import_progress'),
  importStop: () => call<null>('import_stop'),
  importClose: () => call<null>('import_close'),
  importReport: (sentences: [number, string][], title: string) =>
    call<SavedFile>('import_report', { sentences, title }),
  personList: () => call<PersonRow[]>('person_list'),
  checklistList: () => call<ChecklistSummary[]>('checklist_list'),
  editionList: () => call<EditionRow[]>('edition_list'),
  editionGet: (digest: string) => call<EditionView>('edition_get', { digest }),
  editionDiff: (before: string, after: string) =>
    call<EditionDiff>('edition_diff', { before, after }),
  editionPreview: (bytes: Uint8Array, name: string) =>
    send<EditionImport>('edition_preview', bytes, named(name)),
  editionImport: (bytes: Uint8Array, name: string) =>
    send<EditionImport>('edition_import', bytes, named(name)),
  editionSave: (digest: string, kind: FileKind) =>
    call<SavedFile>('edition_save', { digest, kind }),
  exampleSave: (kind: FileKind) => call<SavedFile>('example_save', { kind }),
  workbenchGet: () => call<WorkbenchView>('workbench_get'),
  inspectionList: () => call<InspectionRow[]>('inspection_list'),
  inspectionStart: (draft: InspectionDraft) => call<InspectionView>('inspection_start', { draft }),
  visitJoin: (draft: InspectionDraft, code: string) =>
    call<InspectionView>('visit_join', { draft, code }),
  visitAdopt: (id: string) => call<InspectionView>('visit_adopt', { id }),
  qrDraw: (text: string) => call<PhoneQr>('qr_draw', { text }),
  inspectionGet: (id: string) => call<InspectionView>('inspection_get', { id }),
  inspectionFinish: (id: string, enforcement: boolean) =>
    call<InspectionView>('inspection_finish', { id, enforcement }),
  inspectionReview: (id: string) => call<ReviewView>('inspection_review', { id }),
  inspectionConfirm: (form: { id: string; person: string; password: string; read: string }) =>
    call<ReviewView>('inspection_confirm', form),
  visitInspectors: (of: { id: string; people: string[] }) =>
    call<ReviewView>('visit_inspectors', of),
  answerSave: (draft: AnswerDraft) => call<Answer>('answer_save', { draft }),
  answerJudge: (draft: AnswerDraft) => call<JudgementView>('answer_judge', { draft }),
  visitProfile: (of: { id: string; facilities: string[]; units: FacilityUnit[] }) =>
    call<InspectionView>('visit_profile', of),
  visitTold: (of: { id: string; rule: string; told: RuleTold }) =>
    call<InspectionView>('visit_told', of),
  dangerClass: (edition: EditionRef, entered: [number, string][]) =>
    call<DangerView | null>('danger_class', { edition, entered }),
  findingDraft: (of: {
    inspection: string
    edition: string | null
    item: string | null
    facility: string
  }) => call<FindingDraft>('finding_draft', of),
  findingSave: (draft: FindingDraft) => call<FindingRow>('finding_save', { draft }),
  findingList: (inspection: string) => call<FindingRow[]>('finding_list', { inspection }),
  findingLife: (id: string) => call<LifeView>('finding_life', { id }),
  findingStep: (id: string, details: StepDetails, reason: string) =>
    call<LifeView>('finding_step', { id, details, reason }),
  findingSteps: (ids: string[], details: StepDetails, reason: string) =>
    call<BulkOutcome[]>('finding_steps', { ids, details, reason }),
  lookbackDraw: (query: LedgerQuery, count: number) =>
    call<string[]>('lookback_draw', { query, count }),
  ledgerPage: (query: LedgerQuery) => call<LedgerPage>('ledger_page', { query }),
  ledgerCount: (query: LedgerQuery) => call<number>('ledger_count', { query }),
  recheckOpen: (site: string) => call<RecheckView>('recheck_open', { site }),
  recheckGet: (visit: string) => call<RecheckView>('recheck_get', { visit }),
  recheckFinish: (draft: RecheckDraft) => call<InspectionView>('recheck_finish', { draft }),
  statistics: (request: StatisticsRequest) => call<StatisticsPage>('statistics', { request }),
  quickRound: () => call<QuickRound>('quick_round'),
  quickOpen: (site: string) => call<QuickView>('quick_open', { site }),
  quickKeep: (draft: QuickDraft) => call<QuickView>('quick_keep', { draft }),
  quickReporter: (name: string) => call<QuickRound>('quick_reporter', { name }),
  quickFinish: (site: string) => call<QuickRound>('quick_finish', { site }),
  premisesPreview: (text: string, preset: string) =>
    call<Paste>('premises_preview', { text, preset }),
  premisesAdd: (text: string, preset: string) => call<QuickRound>('premises_add', { text, preset }),
  photoAdd: (bytes: Uint8Array, place: PhotoPlace, name: string, source: PhotoOrigin = 'file') =>
    send<PhotoView>('photo_add', bytes, photoHeaders(place, name, source)),
  photoProve: (id: string, proves: string) => call<PhotoView>('photo_prove', { id, proves }),
  photoMark: (id: string, marks: Mark[]) => call<PhotoView>('photo_mark', { id, marks }),
  photoPlace: (id: string, position: Position | null) =>
    call<PhotoView>('photo_place', { id, position }),
  photoBefore: (id: string) => call<PhotoView[]>('photo_before', { id }),
  photoStamp: (id: string) => call<SavedFile>('photo_stamp', { id }),
  photoManifest: (inspection: string) => call<ManifestView>('photo_manifest', { inspection }),
  photoVerify: (id: string) => call<PhotoVerdict>('photo_verify', { id }),
  photoRestore: (id: string) => call<PhotoView>('photo_restore', { id }),
  manifestSign: (draft: SigningDraft) => call<ManifestView>('manifest_sign', { draft }),
  portList: () => call<PortView[]>('port_list'),
  receiverChoose: (port: string | null) => call<ReceiverView>('receiver_choose', { port }),
  receiverStatus: () => call<ReceiverView>('receiver_status'),
  sitePlace: (id: string, point: Point) => call<null>('site_place', { id, point }),
  phoneOpen: (place: PhotoPlace) => call<PhoneDropView>('phone_open', { place }),
  phoneStatus: () => call<PhoneDropView | null>('phone_status'),
  phoneChoose: (address: string) => call<PhoneDropView | null>('phone_choose', { address }),
  phoneClose: () => call<null>('phone_close'),
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
  backupStatus: () => call<BackupView>('backup_status'),
  backupChoose: (target: BackupTarget, title: string) =>
    call<BackupView>('backup_choose', { target, title }),
  backupForget: (target: BackupTarget) => call<BackupView>('backup_forget', { target }),
  backupMake: (target: BackupTarget) => call<BackupView>('backup_make', { target }),
  jobStatus: () => call<BackupRunning | null>('job_status'),
  jobCancel: () => call<null>('job_cancel'),
  restoreChoose: (title: string) => call<BackupFound[] | null>('restore_choose', { title }),
  restoreRun: (of: { id: string; code: string }) => call<RestoreView>('restore_run', of),
  recoveryMake: () => call<string>('recovery_make'),
  recoveryRenew: (password: string) => call<string>('recovery_renew', { password }),
  recoveryKeep: (typed: string) => call<null>('recovery_keep', { typed }),
  sessionRecover: (form: { login: string; code: string; password: string }) =>
    call<SignedIn>('session_recover', form),
  healthGet: (deep: boolean) => call<HealthView>('health_get', { deep }),
  healthPhotos: () => call<HealthView>('health_photos'),
  healthFetch: () => call<HealthView>('health_fetch'),
  damageSalvage: () => call<SalvageView>('damage_salvage'),
  damageSetAside: () => call<null>('damage_set_aside'),
}
