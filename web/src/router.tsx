/** The addresses of the Admin. A page has its route here and its folder under pages/. */
import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
} from '@tanstack/react-router'
import { NotFound } from './components/not-found.tsx'
import { RouteFailure } from './components/route-failure.tsx'
import { readAccountSearch } from './pages/account/search.ts'
import { readAccountsSearch } from './pages/accounts/search.ts'
import { readFilesSearch, readImportSearch } from './pages/files/search.ts'
import { readInvoicesSearch } from './pages/invoices/search.ts'
import { readSettingsSearch } from './pages/settings/search.ts'
import { Shell } from './shell/shell.tsx'

const root = createRootRoute({ component: Shell, notFoundComponent: NotFound })

const start = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('./pages/start/start-page.tsx'), 'StartPage'),
})

export const accounts = createRoute({
  getParentRoute: () => root,
  path: '/accounts',
  validateSearch: readAccountsSearch,
  component: lazyRouteComponent(() => import('./pages/accounts/accounts-page.tsx'), 'AccountsPage'),
})

export const account = createRoute({
  getParentRoute: () => root,
  path: '/accounts/$accountId',
  validateSearch: readAccountSearch,
  component: lazyRouteComponent(() => import('./pages/account/account-page.tsx'), 'AccountPage'),
})

export const invoices = createRoute({
  getParentRoute: () => root,
  path: '/invoices',
  validateSearch: readInvoicesSearch,
  component: lazyRouteComponent(() => import('./pages/invoices/invoices-page.tsx'), 'InvoicesPage'),
})

export const invoice = createRoute({
  getParentRoute: () => root,
  path: '/invoices/$invoiceId',
  component: lazyRouteComponent(() => import('./pages/invoice/invoice-page.tsx'), 'InvoicePage'),
})

export const files = createRoute({
  getParentRoute: () => root,
  path: '/files',
  validateSearch: readFilesSearch,
  component: lazyRouteComponent(() => import('./pages/files/files-page.tsx'), 'FilesPage'),
})

export const importedFile = createRoute({
  getParentRoute: () => root,
  path: '/files/$importId',
  validateSearch: readImportSearch,
  component: lazyRouteComponent(() => import('./pages/files/import-page.tsx'), 'ImportPage'),
})

export const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  validateSearch: readSettingsSearch,
  component: lazyRouteComponent(() => import('./pages/settings/settings-page.tsx'), 'SettingsPage'),
})

export const router = createRouter({
  routeTree: root.addChildren([
    start,
    accounts,
    account,
    invoices,
    invoice,
    files,
    importedFile,
    settings,
  ]),
  basepath: '/admin',
  defaultPreload: 'intent',
  defaultErrorComponent: RouteFailure,
  scrollRestoration: true,
  // Addresses that people can read: `?q=111.444.777-35`, and no JSON.
  parseSearch: (text) => Object.fromEntries(new URLSearchParams(text)),
  stringifySearch: (search) => {
    const entries = Object.entries(search).filter(([, value]) => value !== undefined)
    const text = new URLSearchParams(entries.map(([key, value]) => [key, String(value)])).toString()
    return text === '' ? '' : `?${text}`
  },
})

declare module '@tanstack/react-router' {
  interface Register {
    router: typeof router
  }
}
