/** Imports over HTTP: what a file does, and what it is refused for. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from '../api/support/api.ts'
import { invoiceLines, openAccount, order } from '../api/support/make.ts'
import { importFile, rowsOf } from './support/jobs.ts'

let api: Api

beforeAll(async () => {
  api = await startApi({ files: true })
})
afterAll(() => api.close())

describe('an import of invoices', () => {
  test('marks as paid, annotates and cancels', async () => {
    const account = await openAccount(api.call)
    const { invoiceIds } = await order(api.call, account, 300, 3)
    const file = [
      'Id,Status,Observation',
      `${invoiceIds[0]},Paid,by cheque`,
      `${invoiceIds[1]},Opened,`,
      `${invoiceIds[2]},Cancelled,gone`,
    ].join('\n')
    const job = await importFile(api, file)
    expect(job).toMatchObject({
      state: 'completed',
      rows: { total: 3, read: 3, changed: 2, unchanged: 1, failed: 0 },
      totals: { paid: { rows: 1, value: 100 }, cancelled: { rows: 1, value: 100 } },
    })
    expect(await invoiceLines(api.call, account)).toEqual([
      'Paid 100',
      'Opened 100',
      'Cancelled 100',
    ])
    expect(await rowsOf(api, job, 'changed')).toMatchObject([
      {
        line: 2,
        changes: [
          { field: 'status', from: 'Opened', to: 'Paid' },
          { field: 'observation', from: null, to: 'by cheque' },
        ],
      },
      { line: 4 },
    ])
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
