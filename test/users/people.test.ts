/** Users of a store: who makes them, what becomes of their sessions, and the last administrator. */
import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { Store } from '../../src/ledger/stores.ts'
import { RESOURCES_OF } from '../../src/users/roles.ts'
import type { Call } from '../api/support/api.ts'
import { faults, ok, refused } from '../api/support/expect.ts'
import { ADMIN, type Browser, type Desk, nobody, startDesk } from './support/desk.ts'

const NEXT = 'a quite different password'

let desk: Desk
let boss: Browser & { readonly id: string }

beforeAll(async () => {
  desk = await startDesk()
  boss = await desk.newcomer('administrator')
})
afterAll(() => desk.close())

const invite = async (email = nobody(), role = 'credit-manager') =>
  ok(await boss.call('POST', '/users', { email, name: 'Ana Souza', role }))

describe('a new user', () => {
  test('has a one-time password, and may do nothing before it is changed', async () => {
    const email = nobody()
    const { oneTimePassword, ...made } = await invite(email)
    expect(made).toEqual({
      id: expect.any(String),
      email,
      name: 'Ana Souza',
      role: 'credit-manager',
      disabled: false,
      mustChangePassword: true,
      hasPassword: true,
      createdAt: new Date(desk.api.clock.now).toISOString(),
      lastSignInAt: null,
      disabledAt: null,
    })
    const by = await desk.enter(made, oneTimePassword)
    const me = ok(await by.call('GET', '/me'))
    expect(me).toMatchObject({ mustChangePassword: true, resources: [] })
    refused(await by.at('GET', '/accounts'), 403, 'missing-resource')

    const change = { current: oneTimePassword, next: NEXT }
    const changed = ok(await by.call('PUT', '/me/password', change))
    expect(changed).toMatchObject({
      mustChangePassword: false,
      resources: RESOURCES_OF['credit-manager'],
    })
    ok(await by.at('GET', '/accounts'))
    refused(await desk.tryToEnter(email, oneTimePassword), 401, 'wrong-sign-in')
  })

  test('has an e-mail that nobody else in the store has: 409', async () => {
    const { email } = await invite()
    const again = { email: email.toUpperCase(), name: 'Again', role: 'reader' }
    refused(await boss.call('POST', '/users', again), 409, 'user-exists')
  })

  test('with bad input is refused: 400', async () => {
    const send = (body: unknown) => boss.call('POST', '/users', body)
    faults(await send({}), '/email', '/name', '/role')
    faults(await send({ email: 'nobody', name: ' ', role: 'reader' }), '/email', '/name')
    faults(await send({ email: nobody(), name: 'Ana', role: 'owner' }), '/role')
    faults(await send({ email: nobody(), name: 'x'.repeat(201), role: 'reader' }), '/name')
  })
})

describe('the list', () => {
  test('has the users of the store, page by page, and no secrets', async () => {
    const other = await desk.api.newStore()
    const first = await desk.addPerson('administrator', other.store)
    desk.api.clock.advance(1)
    const second = await desk.addPerson('reader', other.store)
    const all = await other.call('GET', `${ADMIN}/users`)
    expect(ok(all).summary).toEqual({ count: 2 })
    expect(all.json.data.map(({ id }: { id: string }) => id)).toEqual([first.id, second.id])
    expect(all.text).not.toMatch(/argon2|hash/i)
    const page = ok(await other.call('GET', `${ADMIN}/users?from=2&to=2`))
    expect(page).toMatchObject({ data: [{ id: second.id }], summary: { count: 2 } })
    faults(await other.call('GET', `${ADMIN}/users?from=0`), '/from')
  })

  test('says who signed in when', async () => {
    const person = await desk.addPerson('reader')
    const seen = async () => {
      const { data } = ok(await boss.call('GET', '/users?from=1&to=1000'))
      return data.find(({ id }: { id: string }) => id === person.id).lastSignInAt
    }
    expect(await seen()).toBeNull()
    await desk.enter(person)
    expect(await seen()).toBe(new Date(desk.api.clock.now).toISOString())
  })
})

describe('a change', () => {
  test('of the name keeps the session', async () => {
    const by = await desk.newcomer('reader')
    const changed = ok(await boss.call('PUT', `/users/${by.id}`, { name: ' Bea ', role: 'reader' }))
    expect(changed).toMatchObject({ name: 'Bea', role: 'reader', disabled: false })
    expect(ok(await by.call('GET', '/me')).name).toBe('Bea')
  })

  test('of the role ends the sessions at once; the next has the new one', async () => {
    const by = await desk.newcomer('credit-manager')
    ok(await by.at('GET', '/accounts'))
    ok(await boss.call('PUT', `/users/${by.id}`, { role: 'collections' }))
    refused(await by.at('GET', '/accounts'), 401, 'unauthenticated')
    const again = await desk.enter(by)
    expect(ok(await again.call('GET', '/me')).resources).toEqual(RESOURCES_OF.collections)
  })

  test('that disables ends the sessions at once, and enabling lets in again', async () => {
    const by = await desk.newcomer('credit-manager')
    ok(await by.at('GET', '/accounts'))
    const disabled = ok(await boss.call('PUT', `/users/${by.id}`, { disabled: true }))
    expect(disabled).toMatchObject({ disabled: true, role: 'credit-manager' })
    expect(disabled.disabledAt).toBe(new Date(desk.api.clock.now).toISOString())
    refused(await by.at('GET', '/accounts'), 401, 'unauthenticated')
    refused(await desk.tryToEnter(by.email), 401, 'wrong-sign-in')
    const enabled = ok(await boss.call('PUT', `/users/${by.id}`, { disabled: false }))
    expect(enabled).toMatchObject({ disabled: false, disabledAt: null })
    ok(await desk.tryToEnter(by.email))
  })

  test('with bad input is refused: 400', async () => {
    const { id } = await desk.addPerson('reader')
    const send = (body: unknown) => boss.call('PUT', `/users/${id}`, body)
    faults(await send({ name: '' }), '/name')
    faults(await send({ role: 'owner', disabled: 'yes' }), '/role', '/disabled')
  })
})

describe('another password', () => {
  test('is told once, must be changed, ends the sessions, and opens what was locked', async () => {
    const by = await desk.newcomer('reader')
    for (let index = 0; index < 5; index += 1) await desk.tryToEnter(by.email, 'wrong password')
    refused(await desk.tryToEnter(by.email), 429, 'sign-in-locked')
    const given = ok(await boss.call('POST', `/users/${by.id}/password-reset`))
    expect(given).toMatchObject({ id: by.id, mustChangePassword: true })
    refused(await by.call('GET', '/me'), 401, 'unauthenticated')
    refused(await desk.tryToEnter(by.email), 401, 'wrong-sign-in')
    const answer = await desk.tryToEnter(by.email, given.oneTimePassword)
    expect(ok(answer)).toMatchObject({ mustChangePassword: true, resources: [] })
  })
})

describe('the last administrator', () => {
  test('can be neither demoted nor disabled: 409', async () => {
    const other = await desk.api.newStore()
    const last = await desk.addPerson('administrator', other.store)
    const change = (id: string, body: unknown) => other.call('PUT', `${ADMIN}/users/${id}`, body)
    refused(await change(last.id, { role: 'reader' }), 409, 'last-administrator')
    refused(await change(last.id, { disabled: true }), 409, 'last-administrator')
    ok(await change(last.id, { name: 'Still here' }))
    const second = await desk.addPerson('administrator', other.store)
    ok(await change(last.id, { disabled: true }))
    refused(await change(second.id, { role: 'reader' }), 409, 'last-administrator')
    ok(await change(last.id, { name: 'Disabled, and changed all the same' }))
  })

  /** Three administrators of a store demote each other at the same time; answers who is left. */
  async function demoteEachOther(
    demote: (store: Store, userId: string, call: Call) => Promise<boolean>,
  ): Promise<{ demoted: number; left: number }> {
    const { store, call } = await desk.api.newStore()
    const people = await Promise.all([1, 2, 3].map(() => desk.addPerson('administrator', store)))
    const done = await Promise.all(people.map(({ id }) => demote(store, id, call)))
    const [row] = await desk.api.sql<{ left: number }[]>`
      select count(*)::int as left from store_user
      where store_id = ${store.storeId} and role = 'administrator'`
    return { demoted: done.filter(Boolean).length, left: row?.left ?? -1 }
  }

  test('is one of those who demote each other at the same time', async () => {
    for (let round = 0; round < 10; round += 1) {
      const outcome = await demoteEachOther(async (_, userId, call) => {
        const answer = await call('PUT', `${ADMIN}/users/${userId}`, { role: 'reader' })
        if (answer.status !== 200) refused(answer, 409, 'last-administrator')
        return answer.status === 200
      })
      expect(outcome).toEqual({ demoted: 2, left: 1 })
    }
  })

  test('would be gone where nothing was locked: the race is one', async () => {
    const { sql } = desk.api
    const outcome = await demoteEachOther(async ({ storeId }, userId) => {
      const administrators = await sql`
        select 1 from store_user where store_id = ${storeId} and role = 'administrator'`
      if (administrators.length < 2) return false
      await sql`update store_user set role = 'reader' where user_id = ${userId}`
      return true
    })
    expect(outcome).toEqual({ demoted: 3, left: 0 })
  })
})

test('a user of another store is not there', async () => {
  const other = await desk.api.newStore()
  const stranger = await desk.addPerson('reader', other.store)
  for (const id of [stranger.id, randomUUID(), 'nobody', '%00', "'", 'x'.repeat(300)]) {
    const path = `/users/${id}`
    refused(await boss.call('PUT', path, { name: 'Mine' }), 404, 'user-not-found')
    refused(await boss.call('POST', `${path}/password-reset`), 404, 'user-not-found')
  }
  const { data } = ok(await boss.call('GET', '/users?from=1&to=1000'))
  expect(data.map(({ id }: { id: string }) => id)).not.toContain(stranger.id)
  ok(await boss.call('POST', '/users', { email: stranger.email, name: 'Same', role: 'reader' }))
})
