/** To the OpenID provider and back. What goes wrong is told by the Admin, by its code. */
import { parseCookie } from 'cookie'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Api, ApiContext } from '../../api/context.ts'
import { Problem, problem, problemBody } from '../../api/problems.ts'
import { findStore } from '../../ledger/stores.ts'
import { errorCode } from '../../postgres/connect.ts'
import { setCookie, setSessionCookie } from '../cookie.ts'
import type { Flow, OidcProvider } from '../oidc.ts'
import { userFor } from '../oidc-user.ts'
import { openSession } from '../user-store.ts'
import { BASE } from './schemas.ts'

const OIDC = `${BASE}/oidc`
const START = `${OIDC}/start`
const CALLBACK = `${OIDC}/callback`
const ADMIN_PAGE = '/admin'

const FLOW_COOKIE = 'FiadoOidc'
/** Time to sign in at the provider. */
const FLOW_S = 600

const redirects = (operationId: string, summary: string, description: string) => ({
  schema: {
    operationId,
    tags: ['Signing in'],
    summary,
    response: { 302: { description } },
  },
})

/** Where an OpenID provider is set. */
export function oidcRoutes(api: Api, context: ApiContext, provider: OidcProvider): void {
  api.get(
    START,
    redirects('startOidc', 'Sign in through the OpenID provider', 'To the provider.'),
    async (request, reply) =>
      await orTell(request, reply, async () => {
        const { url, flow } = await provider.begin(originOf(request) + CALLBACK)
        keepFlow(request, reply, flow)
        return url.href
      }),
  )

  api.get(
    CALLBACK,
    redirects(
      'finishOidc',
      'Come back from the OpenID provider',
      'To the Admin, with a session or with the code of an error.',
    ),
    async (request, reply) =>
      await orTell(request, reply, async () => {
        const flow = flowOf(request)
        keepFlow(request, reply, null)
        const token = await enter(context, provider, request, flow)
        setSessionCookie(request, reply, token)
        return ADMIN_PAGE
      }),
  )
}

async function enter(
  { sql, now }: ApiContext,
  provider: OidcProvider,
  request: FastifyRequest,
  flow: Flow,
): Promise<string> {
  const identity = await finish(provider, request, flow)
  const store = await findStore(sql(), provider.settings.store)
  if (!store) throw problem('oidc-unknown-user', {})
  const user = await userFor(sql(), store.storeId, identity, now())
  const opened = await openSession(sql(), user, now())
  if (!opened) throw problem('oidc-unknown-user', {})
  return opened.token
}

/** What the library finds wrong is the provider's refusal, or somebody's forgery. */
async function finish(provider: OidcProvider, request: FastifyRequest, flow: Flow) {
  try {
    return await provider.finish(new URL(request.url, originOf(request)), flow)
  } catch (error) {
    if (error instanceof Problem) throw error
    request.log.warn({ code: errorCode(error) }, 'The OpenID provider let nobody in')
    throw problem('oidc-refused', {})
  }
}

/** Sends the browser on; a refusal goes to the Admin as a code. */
async function orTell(
  request: FastifyRequest,
  reply: FastifyReply,
  work: () => Promise<string>,
): Promise<FastifyReply> {
  try {
    return reply.redirect(await work())
  } catch (error) {
    if (!(error instanceof Problem)) throw error
    const cause = errorCode(error.cause)
    if (cause) request.log.warn({ code: cause }, 'The OpenID provider cannot be reached')
    return reply.redirect(`${ADMIN_PAGE}?problem=${problemBody(error).code}`)
  }
}

function originOf({ protocol, host }: FastifyRequest): string {
  return `${protocol}://${host}`
}

function keepFlow(request: FastifyRequest, reply: FastifyReply, flow: Flow | null): void {
  const value = flow && Buffer.from(JSON.stringify(flow)).toString('base64url')
  setCookie(request, reply, FLOW_COOKIE, value, { path: OIDC, maxAge_s: FLOW_S })
}

/** Throws where the browser did not leave from here, or too long ago. */
function flowOf({ headers }: FastifyRequest): Flow {
  const kept = parseCookie(headers.cookie ?? '')[FLOW_COOKIE]
  const flow = kept ? parsed(Buffer.from(kept, 'base64url').toString()) : undefined
  if (!flow?.state || !flow.nonce || !flow.verifier) throw problem('oidc-refused', {})
  return flow
}

function parsed(text: string): Flow | undefined {
  try {
    return JSON.parse(text) as Flow
  } catch {
    return undefined
  }
}
