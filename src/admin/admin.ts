/** What the pages of the Admin need besides the operations that everybody's integrations have. */
import type { Api, ApiContext, Capability } from '../api/context.ts'
import { adminAccountRoutes } from './accounts.ts'
import { adminInvoiceRoutes } from './invoices.ts'
import { overviewRoute } from './overview.ts'

export const admin: Pick<Capability, 'closed'> = {
  closed: (api: Api, context: ApiContext): void => {
    overviewRoute(api, context)
    adminAccountRoutes(api, context)
    adminInvoiceRoutes(api, context)
  },
}
