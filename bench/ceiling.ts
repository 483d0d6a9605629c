/**
 * The ceiling, a server process of its own: one Fastify route with the schemas of an authorization
 * that touches no database. No server of ours on Fastify can answer faster.
 */
import Fastify from 'fastify'
import { AUTHORIZATION } from '../src/api/creditcontrol/transactions.ts'

// Our schemas take numbers as text too, of which Ajv would warn.
const api = Fastify({ ajv: { customOptions: { allowUnionTypes: true } } })
api.post('/api/creditcontrol/accounts/:creditAccountId/transactions', {
  schema: {
    params: AUTHORIZATION.params,
    body: AUTHORIZATION.body,
    response: { 200: AUTHORIZATION.answer },
  },
  handler: async ({ body }) => ({
    id: '0123456789ABCDEF0123456789ABCDEF',
    value: (body as { value: number }).value,
    expirationDate: '2026-12-22T12:00:00.000Z',
    installments: 3,
  }),
})
const url = await api.listen({ port: 0, host: '127.0.0.1' })
process.send?.(url)
