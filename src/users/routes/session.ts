/** Signing in and out, who one is, and the own password. */
import type { FastifyRequest } from 'fastify'
import { isSameOrigin } from '../../api/auth.ts'
import type { Api, ApiContext } from '../../api/context.ts'
import { Input } from '../../api/input.ts'
import { isStorable } from '../../api/json-body.ts'
import { operation } from '../../api/operation.ts'
import { invalidInput, problem } from '../../api/problems.ts'
import { isEmail } from '../../credit/identity.ts'
import type { UserSession } from '../../ledger/credentials.ts'
import { setSessionCookie } from '../cookie.ts'
import { countAttempt, forgive } from '../lockout.ts'
import { passwordFault } from '../password.ts'
import { signIn } from '../sign-in.ts'
import { changePassword, endSession, endSessions, findUser, type User } from '../user-store.ts'
import type { Users } from '../users.ts'
import { meJson } from './answers.ts'
import { BASE, MeOut, OptionsOut, PasswordBody, SignInBody } from './schemas.ts'

const TAG = 'Signing in'

/** What everybody may call. */
export function openSessionRoutes(api: Api, context: ApiContext, users: Users): void {
  operation(api, {
    method: 'GET',
    url: `${BASE}/sign-in-options`,
    id: 'getSignInOptions',
    tag: TAG,
    summary: 'How one may sign in',
    resource: null,
    isOpen: true,
    parts: {},
    answer: OptionsOut,
    handler: async () => users.options,
  })

  operation(api, {
    method: 'POST',
    url: `${BASE}/sign-in`,
    id: 'signIn',
    tag: TAG,
    summary: 'Sign in with e-mail and password',
    description:
      'Sets the cookie `VtexIdclientAutCookie`, which lasts 12 hours. Whether the e-mail is known cannot be told from the answer.',
    resource: null,
    isOpen: true,
    isRepeatable: false,
    isQueued: true,
    parts: { body: SignInBody },
    answer: MeOut,
    errors: ['wrong-sign-in', 'sign-in-locked'],
    handler: async (request, reply) => {
      if (!isSameOrigin(request)) throw problem('cross-site', {})
      const { password, store } = request.body
      const email = typedEmail(request.body.email)
      const typed = { email, password, store }
      const { user, token, session, inStore } = await signIn(context, users, request.ip, typed)
      setSessionCookie(request, reply, token)
      return meJson(user, session, inStore)
    },
  })
}

export function sessionRoutes(api: Api, context: ApiContext, users: Users): void {
  const { sql, now } = context

  operation(api, {
    method: 'GET',
    url: `${BASE}/me`,
    id: 'getMe',
    tag: TAG,
    summary: 'Who one is, and what one may do',
    resource: null,
    parts: {},
    answer: MeOut,
    errors: ['not-a-user'],
    handler: async (request) => {
      const { user, session } = await userOf(context, request)
      return meJson(user, session, request.principal.store)
    },
  })

  operation(api, {
    method: 'POST',
    url: `${BASE}/sign-out`,
    id: 'signOut',
    tag: TAG,
    summary: 'End this session',
    resource: null,
    isRepeatable: false,
    parts: {},
    answer: null,
    errors: ['not-a-user'],
    handler: async (request, reply) => {
      await endSession(sql(), sessionOf(request), now())
      setSessionCookie(request, reply, null)
      return reply.send()
    },
  })

  operation(api, {
    method: 'POST',
    url: `${BASE}/sign-out-everywhere`,
    id: 'signOutEverywhere',
    tag: TAG,
    summary: 'End all sessions of the user',
    resource: null,
    isRepeatable: false,
    parts: {},
    answer: null,
    errors: ['not-a-user'],
    handler: async (request, reply) => {
      await endSessions(sql(), sessionOf(request).userId, now())
      setSessionCookie(request, reply, null)
      return reply.send()
    },
  })

  operation(api, {
    method: 'PUT',
    url: `${BASE}/me/password`,
    id: 'changePassword',
    tag: TAG,
    summary: 'Change the own password',
    description: 'Ends all other sessions of the user.',
    resource: null,
    isRepeatable: false,
    isQueued: true,
    parts: { body: PasswordBody },
    answer: MeOut,
    errors: ['not-a-user', 'wrong-password', 'sign-in-locked'],
    handler: async (request) => {
      const { user, session } = await userOf(context, request)
      const { current, next } = request.body
      checkNext(request, user, current, next)
      await confirm(context, users, user, current)
      const passwordHash = await users.hasher.hash(next)
      if (!(await changePassword(sql(), user, session, passwordHash, now()))) {
        throw problem('wrong-password', {})
      }
      const changed = { ...user, passwordHash, mustChangePassword: false }
      return meJson(changed, session, request.principal.store)
    },
  })
}

type Known = Pick<FastifyRequest, 'principal'>

/** The session of the caller. Throws 403 where it is a program's. */
function sessionOf({ principal }: Known): UserSession {
  if (!principal.session) throw problem('not-a-user', {})
  return principal.session
}

async function userOf(
  { sql }: ApiContext,
  request: Known,
): Promise<{ user: User; session: UserSession }> {
  const session = sessionOf(request)
  const user = await findUser(sql(), request.principal.store.storeId, session.userId)
  if (!user) throw problem('not-a-user', {})
  return { user, session }
}

/** There is no store yet whose rules could read the field. */
function typedEmail(raw: string): string {
  const email = raw.trim()
  if (isEmail(email) && isStorable(email)) return email
  throw invalidInput([{ pointer: '/email', in: 'body', detail: 'must be an e-mail address' }])
}

function checkNext({ principal }: Known, { email }: User, current: string, next: string): void {
  const input = new Input(principal.store)
  const fault = passwordFault(next, email)
  if (fault) input.fault('/next', fault)
  else if (next === current) input.fault('/next', 'must not be the password that you have')
  input.check()
}

/** Guessing the password of a session that was left open is limited as signing in is. */
async function confirm(
  { sql, now }: ApiContext,
  { hasher }: Users,
  user: User,
  current: string,
): Promise<void> {
  await countAttempt(sql(), user, now())
  if (!(await hasher.matches(current, user.passwordHash))) throw problem('wrong-password', {})
  await forgive(sql(), user)
}
