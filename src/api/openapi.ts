/** The head of the OpenAPI document; its operations come from the schemas that validate. */
import type { FastifyDynamicSwaggerOptions } from '@fastify/swagger'

export function openApi(version: string): FastifyDynamicSwaggerOptions {
  return {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Fiado',
        version,
        description:
          'Credit accounts, pre-authorizations, invoices and payments. Compatible with the Customer Credit API: an integration changes its base URL. Every error is a problem+json (RFC 9457) with a number that never changes.',
        license: { name: 'Apache-2.0', identifier: 'Apache-2.0' },
      },
      tags: [
        { name: 'Accounts', description: 'Credit lines of buyers.' },
        { name: 'Holders', description: 'Who shares the credit of an account.' },
        { name: 'Transactions', description: 'Pre-authorizations, settlements and refunds.' },
        { name: 'Invoices', description: 'What is owed, one instalment each.' },
        { name: 'Imports', description: 'Files of accounts or invoices that come in.' },
        { name: 'Exports', description: 'Files of accounts or invoices that go out.' },
        { name: 'Statements', description: 'The entries of an account over a period.' },
        { name: 'Store configuration', description: 'What the store decides about its credit.' },
        { name: 'Admin', description: 'What the pages of the Admin show besides.' },
        { name: 'Signing in', description: 'Sessions of people who use the Admin.' },
        { name: 'Users', description: 'People of the store, and what they may do.' },
        { name: 'API keys', description: 'Credentials of programs.' },
        { name: 'System', description: 'Health, metrics and documentation.' },
      ],
      components: {
        securitySchemes: {
          appKey: { type: 'apiKey', in: 'header', name: 'X-VTEX-API-AppKey' },
          appToken: { type: 'apiKey', in: 'header', name: 'X-VTEX-API-AppToken' },
          VtexIdclientAutCookie: { type: 'apiKey', in: 'header', name: 'VtexIdclientAutCookie' },
        },
      },
    },
    refResolver: {
      buildLocalReference: (json, _base, _fragment, index) =>
        typeof json.$id === 'string' ? json.$id : `schema-${index}`,
    },
  }
}
