/**
 * Races that `test/race.test.ts` does not run: many accounts at once, uneven values, and credit
 * that comes back and is taken again meanwhile. Two server processes, one database.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { verify } from '../../src/ledger/verify.ts'
import { connect, type Sql } from '../../src/postgres/connect.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { FIRST_KEY, type FiadoProcess, startProcess } from '../support/process.ts'
import { type Answer, call } from '../support/server.ts'

let database: TestDatabase
let servers: FiadoProcess[]
let turn = 0

beforeAll(async () => {
  database = await createDatabase()
  const start = () => startProcess({ databaseUrl: database.url })
  servers = await Promise.all([start(), start()])
})
afterAll(async () => {
  expect((await verify(database.sql, undefined)).drift).toEqual([])
  await Promise.all(servers.map((server) => server.stop()))
  await database.drop()
})

/** Each request goes to the other process than the one before it. */
function ask(method: string, path: string, body?: unknown): Promise<Answer> {
  turn += 1
  const server = servers[turn % servers.length] as FiadoProcess
  return call(server.url, FIRST_KEY, method, path, body)
}

async function open(name: string, creditLimit: number, tolerance: number = 0): Promise<string> {
  const buyer = { document: name, documentType: 'Other', email: `${name}@exemplo.com.br` }
  const opened = await ask('POST', '/accounts', { ...buyer, creditLimit, tolerance })
  expect(opened.status).toBe(200)
  return `/accounts/${opened.json.id}`
}

/** `count` authorizations at once, each of the value that it has in the list, round again. */
function rush(path: string, count: number, values: readonly number[]): Promise<Answer>[] {
  return Array.from({ length: count }, (_, index) =>
    ask('POST', `${path}/transactions`, { value: values[index % values.length] }),
  )
}

const minor = (amount: number): bigint => BigInt(Math.round(amount * 100))
const sum = (amounts: readonly bigint[]): bigint => amounts.reduce((a, b) => a + b, 0n)

describe('authorizations at once', () => {
  test('on one hot account and twenty others: each passes what fits, and no other suffers', async () => {
    const hot = await open('HOT', 1_000)
    const spread = await Promise.all(
      Array.from({ length: 20 }, (_, index) => open(`SPREAD${index}`, 50)),
    )
    const paths = [hot, ...spread]
    const rushes = paths.map((path) => rush(path, path === hot ? 200 : 10, [10]))
    for (const [index, answers] of rushes.entries()) {
      const statuses = (await Promise.all(answers)).map(({ status }) => status)
      const passed = statuses.filter((status) => status === 200)
      expect(passed).toHaveLength(paths[index] === hot ? 100 : 5)
      expect(statuses.filter((status) => status === 409)).toHaveLength(
        statuses.length - passed.length,
      )
    }
    for (const path of paths) expect((await ask('GET', path)).json.availableCredit).toBe(0)
  })

  test.each([1, 2, 3])(
    'of uneven values, with a tolerance: to the cent (round %i)',
    async (round) => {
      await ask('PUT', '/storeconfig', { toleranceEnabled: true })
      // 1,000.00 at 3.3333 % is 33.333: the third decimal is the store's.
      const spendable = 103_333n
      const path = await open(`UNEVEN${round}`, 1_000, 0.033333)
      const values = [9.99, 0.01, 17.35, 31.07, 3.33, 24.24, 12.12]
      const answers = await Promise.all(rush(path, 200, values))
      const value = (index: number) => minor(values[index % values.length] as number)
      const held = sum(answers.map(({ status }, index) => (status === 200 ? value(index) : 0n)))
      expect(held).toBeLessThanOrEqual(spendable)
      const left = spendable - held
      for (const [index, { status, json }] of answers.entries()) {
        if (status === 200) continue
        expect(json).toMatchObject({ status: 409, code: 1110 })
        const asked = value(index)
        // What was left when it was refused can only have become less.
        expect(asked).toBeGreaterThan(left)
        expect(minor(json.value)).toBe(asked)
        expect(minor(json.shortfall)).toBe(asked - minor(json.spendable))
        expect(minor(json.spendable)).toBeGreaterThanOrEqual(left)
        expect(minor(json.shortfall)).toBeGreaterThan(0n)
      }
      const { json } = await ask('GET', path)
      expect(minor(json.preAuthorizedCredit)).toBe(held)
      expect(minor(json.availableCredit)).toBe(100_000n - held)
      await ask('PUT', '/storeconfig', { toleranceEnabled: false })
    },
  )
})

/** A credit line under test, whoever guards it. */
interface Line {
  /** An id where the value was granted. */
  authorize(value: number): Promise<string | undefined>
  giveBack(id: string, value: number, turn: number): Promise<void>
  /** Most that ever was outstanding. */
  most(): Promise<bigint>
}

/** Clients that take credit and give it back, over and over; answers how often it was granted. */
async function churn(line: Line): Promise<number> {
  let granted = 0
  const client = async (index: number): Promise<void> => {
    for (let at = 0; at < 8; at += 1) {
      const value = 1 + ((index * 7 + at * 3) % 13)
      const id = await line.authorize(value)
      if (id === undefined) continue
      granted += 1
      await line.giveBack(id, value, index + at)
    }
  }
  await Promise.all(Array.from({ length: 48 }, (_, index) => client(index)))
  return granted
}

const LIMIT = 100

describe('credit that comes back and is taken again', () => {
  test('is never outstanding beyond the limit, and is used up to it', async () => {
    const path = await open('CHURN', LIMIT)
    const line: Line = {
      authorize: async (value) => {
        const { status, json } = await ask('POST', `${path}/transactions`, { value, settle: false })
        expect([200, 409]).toContain(status)
        return status === 200 ? json.id : undefined
      },
      giveBack: async (id, value, at) => {
        const transaction = `${path}/transactions/${id}`
        const steps: [string, string, unknown?][] = [
          ['PUT', `${transaction}/settlement`, { value }],
          ['POST', `${path}/invoices/${id}-01/payments`],
        ]
        if (at % 3 === 0) steps.splice(0, 2, ['DELETE', transaction])
        if (at % 3 === 1) steps.splice(1, 1, ['POST', `${transaction}/refunds`, { value }])
        for (const [method, address, body] of steps) {
          expect((await ask(method, address, body)).status).toBe(200)
        }
      },
      most: async () => {
        const [row] = await database.sql<{ most: bigint }[]>`
          select max(owed + held) as most from entry where account_id = 'CHURN_Other'`
        return row?.most ?? 0n
      },
    }
    expect(await churn(line)).toBeGreaterThan(100)
    const most = await line.most()
    expect(most).toBeLessThanOrEqual(minor(LIMIT))
    expect(most).toBeGreaterThan(minor(LIMIT - 5))
    const { json } = await ask('GET', path)
    expect(json).toMatchObject({ availableCredit: LIMIT, balance: 0, preAuthorizedCredit: 0 })
  })

  test('negative control: the same clients pass the limit of an unguarded line', async () => {
    const pools = [connect(database.url, { max: 10 }), connect(database.url, { max: 10 })]
    await database.sql`create table careless (name text, held bigint)`
    await database.sql`create table careless_entry (name text, held bigint)`
    let most = 0n
    for (let round = 0; round < 5 && most <= minor(LIMIT); round += 1) {
      const line = unguarded(pools, `careless ${round}`)
      await database.sql`insert into careless values (${`careless ${round}`}, 0)`
      await churn(line)
      most = await line.most()
    }
    await Promise.all(pools.map((pool) => pool.end()))
    expect(most).toBeGreaterThan(minor(LIMIT))
  })
})

/** Reads, decides, writes, and keeps nobody out meanwhile; its totals are always added up right. */
function unguarded(pools: readonly Sql[], name: string): Line {
  const pool = () => {
    turn += 1
    return pools[turn % pools.length] as Sql
  }
  const change = (by: bigint) => pool()`
    with changed as (update careless set held = held + ${by} where name = ${name} returning held)
    insert into careless_entry select ${name}, held from changed`
  return {
    authorize: async (value) => {
      const [row] = await pool()<{ held: bigint }[]>`
        select held from careless where name = ${name}`
      if (!row || row.held + minor(value) > minor(LIMIT)) return undefined
      await change(minor(value))
      return 'granted'
    },
    giveBack: async (_id, value) => {
      await change(-minor(value))
    },
    most: async () => {
      const [row] = await database.sql<{ most: bigint }[]>`
        select max(held) as most from careless_entry where name = ${name}`
      return row?.most ?? 0n
    },
  }
}
