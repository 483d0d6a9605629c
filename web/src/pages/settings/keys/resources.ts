/** What a key may use, in words. */
import type { Resource } from '../../../api/api-keys.ts'
import type { MessageKey } from '../../../messages/en.ts'

export const RESOURCE_NAME: Readonly<Record<Resource, MessageKey>> = {
  'Main Access': 'resource.all',
  'Read Checking Accounts': 'resource.readAccounts',
  'Create Checking Accounts': 'resource.createAccounts',
  'Edit credits': 'resource.editCredits',
  'Read Invoices': 'resource.readInvoices',
  'Create Invoices': 'resource.createInvoices',
  'Pay Invoice': 'resource.payInvoices',
  'Read Statements': 'resource.readStatements',
  'Create Statements': 'resource.createStatements',
  'Read Configuration': 'resource.readConfiguration',
  'Edit Configuration': 'resource.editConfiguration',
}
