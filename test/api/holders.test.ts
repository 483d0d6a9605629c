/** Holders: who shares the credit of an account. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type Api, expectNoDrift, startApi } from './support/api.ts'
import { faults, ok, refused } from './support/expect.ts'
import { newBuyer, openAccount, totalsOf } from './support/make.ts'
import { HOLDER_ID, isoOf } from './support/shapes.ts'

let api: Api

beforeAll(async () => {
  api = await startApi()
})
afterAll(() => api.close())

const add = (path: string, email: unknown) =>
  api.call('POST', `${path}/holders`, { claims: { email } })
const list = async (path: string) => ok(await api.call('GET', `${path}/holders`))
const emailsOf = async (path: string) =>
  (await list(path)).data.map(({ claims }: { claims: { email: string } }) => claims.email)

describe('the list', () => {
  test('has the owner as its only holder at first, of level 1', async () => {
    const { path, email } = await openAccount(api.call)
    const { createdAt } = ok(await api.call('GET', path))
    const owner = { level: 1, claims: { email }, id: HOLDER_ID, createdAt }
    expect(await list(path)).toEqual({ data: [owner], summary: { count: 1 } })
  })

  test('has the owner first, then the others of level 2 as they came', async () => {
    const { path, email } = await openAccount(api.call)
    const added = [newBuyer().email, newBuyer().email, newBuyer().email]
    for (const one of added) {
      api.clock.advance(1)
      ok(await add(path, one))
    }
    const { data, summary } = await list(path)
    expect(summary).toEqual({ count: 4 })
    expect(data.map(({ level }: { level: number }) => level)).toEqual([1, 2, 2, 2])
    expect(await emailsOf(path)).toEqual([email, ...added])
  })

  test('follows the e-mail of the account, under the same id', async () => {
    const { path } = await openAccount(api.call)
    const [before] = (await list(path)).data
    const { email } = newBuyer()
    ok(await api.call('PUT', path, { email }))
    expect((await list(path)).data).toEqual([{ ...before, claims: { email } }])
  })
})

describe('adding', () => {
  test('answers the holder, with all its fields', async () => {
    const { path } = await openAccount(api.call)
    const { email } = newBuyer()
    const holder = ok(await add(path, email))
    const createdAt = isoOf(api.clock.now)
    expect(holder).toEqual({ level: 2, claims: { email }, id: HOLDER_ID, createdAt })
    expect((await list(path)).data[1]).toEqual(holder)
  })

  test('takes e-mails with +, _, capitals and letters beyond ASCII', async () => {
    const { path, email: own } = await openAccount(api.call)
    const emails = ['Filha+1_a@Example.com', 'irmão@exemplo.com.br', ' spaced@example.com ']
    for (const email of emails) {
      api.clock.advance(1)
      ok(await add(path, email))
    }
    expect(await emailsOf(path)).toEqual([own, ...emails.map((email) => email.trim())])
  })

  test('names the e-mail where it is missing or wrong: 400', async () => {
    const { path } = await openAccount(api.call)
    faults(await api.call('POST', `${path}/holders`, {}), '/claims')
    faults(await api.call('POST', `${path}/holders`, { claims: {} }), '/claims/email')
    for (const claims of [null, 'x', []]) {
      const { errors } = refused(
        await api.call('POST', `${path}/holders`, { claims }),
        400,
        'invalid-input',
      )
      expect(errors[0].pointer).toMatch(/^\/claims/)
    }
    for (const email of [null, 1, '', 'x', 'a@', 'a b@example.com', 'x'.repeat(301)]) {
      faults(await add(path, email), '/claims/email')
    }
  })

  test('refuses an e-mail that has a place already, whatever its case: 409', async () => {
    const { path, email } = await openAccount(api.call)
    const other = await openAccount(api.call)
    const shared = newBuyer().email
    ok(await add(other.path, shared))
    for (const taken of [email, other.email, shared]) {
      for (const written of [taken, taken.toUpperCase()]) {
        refused(await add(path, written), 409, 'email-taken')
      }
    }
    refused(await add(other.path, shared), 409, 'email-taken')
    expect(await emailsOf(path)).toEqual([email])
  })

  test('gives a place once, however many ask at once', async () => {
    const { email } = newBuyer()
    const accounts = await Promise.all(Array.from({ length: 6 }, () => openAccount(api.call)))
    const answers = await Promise.all(accounts.map(({ path }) => add(path, email)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
    for (const answer of answers) {
      if (answer.status !== 200) refused(answer, 409, 'email-taken')
    }
  })

  test('leaves the statement and the totals as they are', async () => {
    const account = await openAccount(api.call)
    const before = await totalsOf(api.call, account)
    ok(await add(account.path, newBuyer().email))
    expect(await totalsOf(api.call, account)).toEqual(before)
    expect(ok(await api.call('GET', `${account.path}/statements`)).statements).toEqual([])
  })
})

describe('removing', () => {
  test('answers the id, and frees the place', async () => {
    const { path, email } = await openAccount(api.call)
    const shared = newBuyer().email
    const { id } = ok(await add(path, shared))
    expect(ok(await api.call('DELETE', `${path}/holders/${id}`))).toEqual({ id })
    expect(await emailsOf(path)).toEqual([email])
    refused(await api.call('DELETE', `${path}/holders/${id}`), 404, 'holder-not-found')
    ok(await add((await openAccount(api.call)).path, shared))
  })

  test('is refused for the owner: 409', async () => {
    const { path, email } = await openAccount(api.call)
    const [owner] = (await list(path)).data
    const answer = await api.call('DELETE', `${path}/holders/${owner.id}`)
    expect(refused(answer, 409, 'holder-not-removable').detail).toContain('PUT')
    expect(await emailsOf(path)).toEqual([email])
  })

  test('gives the id of a holder back as it was asked for', async () => {
    const { path } = await openAccount(api.call)
    const { id } = ok(await add(path, newBuyer().email))
    refused(
      await api.call('DELETE', `${path}/holders/${id.toUpperCase()}x`),
      404,
      'holder-not-found',
    )
    ok(await api.call('DELETE', `${path}/holders/${id}`))
  })
})

describe('spending', () => {
  const spend = (path: string, holder: string) =>
    api.call('POST', `${path}/transactions`, { value: 400, holder })

  test('is for the owner and the holders, from one and the same credit', async () => {
    const account = await openAccount(api.call)
    const shared = newBuyer().email
    ok(await add(account.path, shared))
    ok(await spend(account.path, account.email.toUpperCase()))
    ok(await spend(account.path, shared.toUpperCase()))
    const problem = refused(await spend(account.path, shared), 409, 'insufficient-credit')
    expect(problem.spendable).toBe(200)
  })

  test('is for nobody else: 409', async () => {
    const { path } = await openAccount(api.call)
    const other = await openAccount(api.call)
    refused(await spend(path, newBuyer().email), 409, 'not-a-holder')
    refused(await spend(path, other.email), 409, 'not-a-holder')
  })

  test('ends with the place of a holder', async () => {
    const { path } = await openAccount(api.call)
    const shared = newBuyer().email
    const { id } = ok(await add(path, shared))
    ok(await spend(path, shared))
    ok(await api.call('DELETE', `${path}/holders/${id}`))
    refused(await spend(path, shared), 409, 'not-a-holder')
  })
})

test('nothing of all this made a total drift', () => expectNoDrift(api))
