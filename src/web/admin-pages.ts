/** The Admin as it was built into dist/web, served under /admin. */
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import helmet from '@fastify/helmet'
import fastifyStatic from '@fastify/static'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { BARE_HEADERS } from '../api/bare-headers.ts'
import type { Api } from '../api/context.ts'
import { PAGE_POLICY } from '../api/page-policy.ts'

const BUILT = resolve(import.meta.dirname, '../../dist/web')

/** Stands in the built page where the nonce of an answer goes (web/vite.config.ts). */
const NONCE_MARK = /__CSP_NONCE__/g

const NOT_BUILT =
  'The Admin was not built: dist/web is missing. Start Fiado with "npm start", which builds it.\n'

declare module 'fastify' {
  interface FastifyRequest {
    /** Lets the page make style elements of its own. */
    styleNonce: string
  }
}

/**
 * Mantine writes its theme and what depends on the width of the page into style elements: they are
 * let in by a nonce, and nothing else inline is. The style attributes that React and Mantine set go
 * through the CSSOM, which this policy does not concern.
 */
const ADMIN_POLICY = {
  ...PAGE_POLICY,
  directives: {
    ...PAGE_POLICY.directives,
    formAction: ["'self'"],
    styleSrc: ["'self'", (request: object) => `'nonce-${nonceOf(request)}'`],
  },
}

/** Serves the pages; they are open to all, what they show is not. */
export async function adminPages(api: Api): Promise<void> {
  api.decorateRequest('styleNonce', '')
  api.addHook('onRequest', (request, reply, done) => {
    request.styleNonce = randomBytes(16).toString('base64')
    nonces.set(request.raw, request.styleNonce)
    // Those of the API would win over helmet's and over those of the files.
    for (const name of Object.keys(BARE_HEADERS)) reply.removeHeader(name)
    done()
  })
  await api.register(helmet, { contentSecurityPolicy: ADMIN_POLICY })
  await api.register(fastifyStatic, {
    root: join(BUILT, 'assets'),
    prefix: '/admin/assets/',
    // Their names hold a hash of what is in them.
    immutable: true,
    maxAge: '365d',
    index: false,
    preCompressed: true,
    schemaHide: true,
  })
  const options = { schema: { hide: true } }
  api.get('/admin', options, sendPage)
  api.get('/admin/*', options, sendPage)
}

/** Helmet's directives see the raw request only. */
const nonces = new WeakMap<object, string>()

function nonceOf(request: object): string {
  return nonces.get(request) ?? ''
}

/** Every address of the Admin is the same page: which one it is, the page finds out itself. */
async function sendPage(request: FastifyRequest, reply: FastifyReply): Promise<FastifyReply> {
  const page = await readFile(join(BUILT, 'index.html'), 'utf8').catch(() => undefined)
  reply.header('Cache-Control', 'no-cache')
  if (page === undefined) return reply.code(503).type('text/plain; charset=utf-8').send(NOT_BUILT)
  return reply
    .type('text/html; charset=utf-8')
    .send(page.replaceAll(NONCE_MARK, request.styleNonce))
}
