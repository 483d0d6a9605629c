/** A limit that nothing can pass: two server processes race on one account of one database. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../src/ledger/verify.ts'
import { connect, type Sql } from '../src/postgres/connect.ts'
import { createDatabase, type TestDatabase } from './support/database.ts'
import { FIRST_KEY, type FiadoProcess, startProcess } from './support/process.ts'
import { type Answer, call } from './support/server.ts'

const LIMIT = 1_000
const VALUE = 10
const ATTEMPTS = 200
const FITTING = LIMIT / VALUE

let database: TestDatabase
let servers: FiadoProcess[]

beforeAll(async () => {
  database = await createDatabase()
  servers = await Promise.all([
    startProcess({ databaseUrl: database.url }),
    startProcess({ databaseUrl: database.url }),
  ])
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await database.drop()
})

function ask(index: number, method: string, path: string, body?: unknown): Promise<Answer> {
  const server = servers[index % servers.length] as FiadoProcess
  return call(server.url, FIRST_KEY, method, path, body)
}

let accounts = 0

async function openAccount(creditLimit: number, tolerance = 0): Promise<string> {
  accounts += 1
  const document = `RACE${accounts}`
  const buyer = { document, documentType: 'Other', email: `race${accounts}@example.com` }
  const opened = await ask(accounts, 'POST', '/accounts', { ...buyer, creditLimit, tolerance })
  expect(opened.status).toBe(200)
  return `/accounts/${opened.json.id}`
}

/** All at once, half of them to each process. */
function rush(path: string, attempts = ATTEMPTS): Promise<Answer[]> {
  return Promise.all(
    Array.from({ length: attempts }, (_, index) =>
      ask(index, 'POST', `${path}/transactions`, { value: VALUE }),
    ),
  )
}

const passed = (answers: Answer[]) => answers.filter(({ status }) => status === 200)

describe('200 simultaneous authorizations of 10.00 on a limit of 1,000.00', () => {
  test.each([1, 2, 3])('pass exactly 100 times (round %i)', async () => {
    const path = await openAccount(LIMIT)
    const answers = await rush(path)
    expect(passed(answers)).toHaveLength(FITTING)
    for (const answer of answers.filter(({ status }) => status !== 200)) {
      expect(answer.status).toBe(409)
      expect(answer.json).toMatchObject({ code: 1110, spendable: 0, shortfall: VALUE })
    }
    const { json } = await ask(0, 'GET', path)
    expect(json).toMatchObject({ availableCredit: 0, preAuthorizedCredit: LIMIT })
    expect((await verify(database.sql, undefined)).drift).toEqual([])
  })

  test('pass as far as the tolerance goes, where the store grants it', async () => {
    await ask(0, 'PUT', '/storeconfig', { toleranceEnabled: true })
    const path = await openAccount(LIMIT, 0.05)
    const answers = await rush(path)
    await ask(0, 'PUT', '/storeconfig', { toleranceEnabled: false })
    expect(passed(answers)).toHaveLength(105)
    expect((await ask(1, 'GET', path)).json.availableCredit).toBe(-50)
  })
})

test('one unknown buyer at two processes at once gets one account', async () => {
  await ask(0, 'PUT', '/storeconfig', {
    automaticCheckingAccountCreationEnabled: true,
    defaultCreditValue: LIMIT,
  })
  const path = '/accounts/NEWBUYER_Other'
  const answers = await rush(path)
  await ask(0, 'PUT', '/storeconfig', { automaticCheckingAccountCreationEnabled: false })
  expect(passed(answers)).toHaveLength(FITTING)
  const opened = await database.sql`
    select 1 from entry where account_id = 'NEWBUYER_Other' and kind = 'AccountOpened'`
  expect(opened).toHaveLength(1)
  expect((await verify(database.sql, undefined)).drift).toEqual([])
})

describe('negative control', () => {
  /** What a careless program does: read, decide, write, with nothing that keeps others out. */
  async function unguarded(pool: Sql, accountId: string): Promise<boolean> {
    const [account] = await pool<{ credit_limit: bigint; held: bigint }[]>`
      select credit_limit, held from careless where account_id = ${accountId}`
    if (!account || account.held + BigInt(VALUE) > account.credit_limit) return false
    await pool`update careless set held = ${account.held + BigInt(VALUE)}
      where account_id = ${accountId}`
    await pool`insert into careless_hold values (${accountId}, ${VALUE})`
    return true
  }

  test('the same race on an unguarded write passes the limit', async () => {
    const pools = [connect(database.url, { max: 10 }), connect(database.url, { max: 10 })]
    await database.sql`create table careless (account_id text, credit_limit bigint, held bigint)`
    await database.sql`create table careless_hold (account_id text, value bigint)`
    let most = 0
    for (let round = 0; round < 5 && most <= FITTING; round += 1) {
      const id = `careless${round}`
      await database.sql`insert into careless values (${id}, ${LIMIT}, 0)`
      const taken = await Promise.all(
        Array.from({ length: ATTEMPTS }, (_, index) => unguarded(pools[index % 2] as Sql, id)),
      )
      most = Math.max(most, taken.filter(Boolean).length)
    }
    await Promise.all(pools.map((pool) => pool.end()))
    expect(most).toBeGreaterThan(FITTING)
  })
})
