import { createRouter, createWebHashHistory, type RouteRecordRaw } from 'vue-router'
import type { InstallStatus } from './bindings/InstallStatus'
import { onSignedOut } from './query'
import { homeOf, installStatus, locked, setSignedIn, signedInNow } from './session'

const routes: RouteRecordRaw[] = [
  { path: '/', redirect: () => homeOf(signedInNow()) },
  { path: '/problem', component: () => import('./screens/install/ProblemScreen.vue') },
  { path: '/enrol', component: () => import('./screens/install/EnrolScreen.vue') },
  { path: '/login', component: () => import('./screens/login/LoginScreen.vue') },
  { path: '/home', component: () => import('./screens/workbench/WorkbenchScreen.vue') },
  { path: '/inspections', component: () => import('./screens/inspections/InspectionsScreen.vue') },
  { path: '/start', component: () => import('./screens/start/StartScreen.vue') },
  {
    path: '/inspections/:id',
    component: () => import('./screens/runner/RunnerScreen.vue'),
    props: true,
  },
  {
    path: '/inspections/:id/findings',
    component: () => import('./screens/findings/FindingsScreen.vue'),
    props: true,
  },
  {
    path: '/inspections/:id/finish',
    component: () => import('./screens/finish/FinishScreen.vue'),
    props: true,
  },
  {
    path: '/inspections/:id/photos',
    component: () => import('./screens/manifest/ManifestScreen.vue'),
    props: true,
  },
  { path: '/sites', component: () => import('./screens/sites/SitesScreen.vue') },
  { path: '/sites/new', component: () => import('./screens/sites/EditScreen.vue') },
  { path: '/sites/import', component: () => import('./screens/sites/ImportScreen.vue') },
  { path: '/sites/:id', component: () => import('./screens/sites/SiteScreen.vue'), props: true },
  {
    path: '/sites/:id/edit',
    component: () => import('./screens/sites/EditScreen.vue'),
    props: true,
  },
  {
    path: '/sites/:id/merge',
    component: () => import('./screens/sites/MergeScreen.vue'),
    props: true,
  },
  {
    path: '/sites/:site/recheck',
    component: () => import('./screens/recheck/RecheckScreen.vue'),
    props: true,
  },
  {
    path: '/rechecks/:id',
    component: () => import('./screens/recheck/RecheckScreen.vue'),
    props: true,
  },
  { path: '/findings', component: () => import('./screens/ledger/LedgerScreen.vue') },
  { path: '/statistics', component: () => import('./screens/statistics/StatisticsScreen.vue') },
  {
    path: '/checklists',
    component: () => import('./screens/checklists/ChecklistsScreen.vue'),
  },
  {
    path: '/checklists/import',
    component: () => import('./screens/checklists/ImportScreen.vue'),
  },
  {
    path: '/checklists/:digest',
    component: () => import('./screens/checklists/EditionScreen.vue'),
    props: true,
  },
  {
    path: '/checklists/:before/changes/:after',
    component: () => import('./screens/checklists/ChangesScreen.vue'),
    props: true,
  },
  { path: '/quick', component: () => import('./screens/quick/QuickScreen.vue') },
  { path: '/conflicts', component: () => import('./screens/conflicts/ConflictsScreen.vue') },
  {
    path: '/settings',
    component: () => import('./screens/settings/SettingsScreen.vue'),
  },
  { path: '/health', component: () => import('./screens/health/HealthScreen.vue') },
  { path: '/sync', component: () => import('./screens/sync/SyncScreen.vue') },
  { path: '/:rest(.*)*', redirect: '/' },
]

const gates = ['/problem', '/enrol', '/login']

/** The one page a laptop in this state may show; null: any. */
export function gateFor(status: InstallStatus | null): string | null {
  if (status === null || status.problem) return '/problem'
  if (!status.enrolled) return '/enrol'
  return status.signed_in ? null : '/login'
}

export const router = createRouter({ history: createWebHashHistory(), routes })

router.beforeEach(async (to) => {
  const gate = gateFor(await installStatus().catch(() => null))
  if (gate !== null) return to.path === gate ? true : gate
  return gates.includes(to.path) ? '/' : true
})

onSignedOut(() => {
  // Behind the cover nobody is signed in, and the screen must stay what it is.
  if (locked.value !== null) return
  setSignedIn(null)
  void router.push('/login')
})
