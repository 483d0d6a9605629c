/** API keys of the store: list, create, revoke. */
import type { Api, ApiContext } from '../../api/context.ts'
import { Input } from '../../api/input.ts'
import { operation } from '../../api/operation.ts'
import { problem } from '../../api/problems.ts'
import { createKey, newAppKey, newToken, pageOfKeys, revokeKey } from '../../ledger/credentials.ts'
import { keyJson } from './answers.ts'
import { BASE, KeyListOut, KeyPath, KeyWithTokenOut, ListQuery, NewKeyBody } from './schemas.ts'

const KEYS = `${BASE}/api-keys`
const TAG = 'API keys'
/** What cannot be the name of a key is none: 404, and no query. */
const APP_KEY = /^[\x21-\x7e]{1,200}$/

export function keyRoutes(api: Api, { sql, now }: ApiContext): void {
  operation(api, {
    method: 'GET',
    url: KEYS,
    id: 'listApiKeys',
    tag: TAG,
    summary: 'List API keys',
    description: 'In the order of their creation, those that were revoked too.',
    resource: 'Main Access',
    parts: { query: ListQuery },
    answer: KeyListOut,
    handler: async ({ principal, query }) => {
      const input = new Input(principal.store, 'query')
      const page = input.page(query)
      input.check()
      const { keys, count } = await pageOfKeys(sql(), principal.store.storeId, page)
      return { data: keys.map(keyJson), summary: { count } }
    },
  })

  operation(api, {
    method: 'POST',
    url: KEYS,
    id: 'createApiKey',
    tag: TAG,
    summary: 'Create an API key',
    description: 'The answer has its token, which is shown this once.',
    resource: 'Main Access',
    isRepeatable: false,
    parts: { body: NewKeyBody },
    answer: KeyWithTokenOut,
    handler: async ({ principal, body }) => {
      const { storeId, name } = principal.store
      const { label, requestsPerSecond = null } = body
      const resources = [...new Set(body.resources)]
      const [appKey, token, at] = [newAppKey(name), newToken(), now()]
      const key = { storeId, appKey, token, label, resources, requestsPerSecond }
      if (!(await createKey(sql(), key, at))) throw new Error('A random key name came up twice')
      const times = { createdAt: new Date(at), lastUsedAt: null, revokedAt: null }
      return { ...keyJson({ ...key, ...times }), token }
    },
  })

  operation(api, {
    method: 'DELETE',
    url: `${KEYS}/:appKey`,
    id: 'revokeApiKey',
    tag: TAG,
    summary: 'Revoke an API key',
    description: 'For good; every server refuses it within 5 seconds.',
    resource: 'Main Access',
    isRepeatable: false,
    parts: { params: KeyPath },
    answer: null,
    errors: ['api-key-not-found'],
    handler: async ({ principal, params: { appKey } }, reply) => {
      const { storeId } = principal.store
      const isRevoked = APP_KEY.test(appKey) && (await revokeKey(sql(), appKey, now(), storeId))
      if (!isRevoked) throw problem('api-key-not-found', { appKey })
      return reply.send()
    },
  })
}
