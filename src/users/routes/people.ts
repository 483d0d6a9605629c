/** Users of the store: list, create, change, give another password. */
import type { FastifyRequest } from 'fastify'
import type { Api, ApiContext } from '../../api/context.ts'
import { Input } from '../../api/input.ts'
import { operation } from '../../api/operation.ts'
import { problem } from '../../api/problems.ts'
import { addUser, giveNewPassword, type WithPassword } from '../new-user.ts'
import { changeUser, findUser, pageOfUsers, type User } from '../user-store.ts'
import type { Users } from '../users.ts'
import { userJson } from './answers.ts'
import {
  BASE,
  ListQuery,
  NewUserBody,
  UserBody,
  UserListOut,
  UserOut,
  UserPath,
  UserWithPasswordOut,
} from './schemas.ts'

const USERS = `${BASE}/users`
const USER = `${USERS}/:userId`
const TAG = 'Users'
const USER_ID = /^[0-9a-f-]{36}$/

export function peopleRoutes(api: Api, context: ApiContext, { hasher }: Users): void {
  const { sql, now } = context

  operation(api, {
    method: 'GET',
    url: USERS,
    id: 'listUsers',
    tag: TAG,
    summary: 'List users',
    description: 'In the order of their creation.',
    resource: 'Main Access',
    parts: { query: ListQuery },
    answer: UserListOut,
    handler: async ({ principal, query }) => {
      const input = new Input(principal.store, 'query')
      const page = input.page(query)
      input.check()
      const { users, count } = await pageOfUsers(sql(), principal.store.storeId, page)
      return { data: users.map(userJson), summary: { count } }
    },
  })

  operation(api, {
    method: 'POST',
    url: USERS,
    id: 'createUser',
    tag: TAG,
    summary: 'Create a user',
    description:
      'The answer has a one-time password, which is shown this once: until the user has changed it, the user may do nothing else.',
    resource: 'Main Access',
    isRepeatable: false,
    isQueued: true,
    parts: { body: NewUserBody },
    answer: UserWithPasswordOut,
    errors: ['user-exists'],
    handler: async ({ principal, body }) => {
      const { storeId } = principal.store
      const input = new Input(principal.store)
      const email = input.email('/email', body.email)
      const name = nameOf(input, body.name)
      input.check()
      const made = await addUser(sql(), hasher, { storeId, email, name, role: body.role }, now())
      if (!made) throw problem('user-exists', { email })
      return withPassword(made)
    },
  })

  operation(api, {
    method: 'PUT',
    url: USER,
    id: 'changeUser',
    tag: TAG,
    summary: 'Change a user',
    description:
      'What is not sent stays. Another role, or being disabled, ends the sessions of the user at once. The last administrator stays one.',
    resource: 'Main Access',
    isRepeatable: false,
    parts: { params: UserPath, body: UserBody },
    answer: UserOut,
    errors: ['user-not-found', 'last-administrator'],
    handler: async (request) => {
      const { body, principal } = request
      const input = new Input(principal.store)
      const name = body.name == null ? undefined : nameOf(input, body.name)
      input.check()
      const user = await userOf(context, request)
      const change = { name, role: body.role ?? undefined, disabled: body.disabled ?? undefined }
      const changed = await changeUser(sql(), user, change, now())
      if (!changed) throw problem('last-administrator', {})
      return userJson(changed)
    },
  })

  operation(api, {
    method: 'POST',
    url: `${USER}/password-reset`,
    id: 'resetPassword',
    tag: TAG,
    summary: 'Give a user a new one-time password',
    description: 'It is shown this once. The old password and all sessions of the user end.',
    resource: 'Main Access',
    isRepeatable: false,
    isQueued: true,
    parts: { params: UserPath },
    answer: UserWithPasswordOut,
    errors: ['user-not-found'],
    handler: async (request) => {
      const user = await userOf(context, request)
      return withPassword(await giveNewPassword(sql(), hasher, user, now()))
    },
  })
}

type OfUser = Pick<FastifyRequest, 'principal'> & { readonly params: { readonly userId: string } }

/** The user that the path names, of the caller's store. Throws 404. */
async function userOf({ sql }: ApiContext, { principal, params }: OfUser): Promise<User> {
  const { userId } = params
  const { storeId } = principal.store
  const user = USER_ID.test(userId) ? await findUser(sql(), storeId, userId) : undefined
  if (!user) throw problem('user-not-found', { userId })
  return user
}

function nameOf(input: Input, raw: string): string {
  const name = raw.trim()
  if (name === '') input.fault('/name', 'must not be empty')
  return name
}

function withPassword({ user, oneTimePassword }: WithPassword) {
  return { ...userJson(user), oneTimePassword }
}
