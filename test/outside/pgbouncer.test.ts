/** DATABASE_URL on an outside PostgreSQL, directly and through PgBouncer in transaction mode. */
import { Agent } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { connect, errorCode, type Sql } from '../../src/postgres/connect.ts'
import { meet } from '../../src/postgres/meet.ts'
import { ReadPool } from '../../src/postgres/read-pool.ts'
import { Load } from '../process/load.ts'
import { send } from '../support/exchange.ts'
import { FIRST_KEY, type FiadoProcess, runFiado, startProcess } from '../support/process.ts'
import { type Answer, call } from '../support/server.ts'
import { isInstalled, openSite, type Service, type Site } from './support/site.ts'

const CONNECTIONS = 16
const ATTEMPTS = 200
const LIMIT = 1_000
const VALUE = 10
const PATIENCE_MS = 15_000

if (!isInstalled) {
  console.log(
    'SKIPPED: test/outside needs PostgreSQL 15+ and PgBouncer (apt-get install postgresql pgbouncer)',
  )
}

describe.skipIf(!isInstalled)('an outside PostgreSQL', () => {
  let site: Site

  beforeAll(async () => {
    site = await openSite()
    console.log(`on ${site.versions}`)
  })
  afterAll(() => site?.close())

  describe.each(['directly', 'through PgBouncer'] as const)('%s', (way) => {
    let url: string
    let sql: Sql
    let fiado: FiadoProcess

    beforeAll(async () => {
      const name = way === 'directly' ? 'one' : 'two'
      const { direct, pooled } = await site.createDatabase(name)
      url = way === 'directly' ? direct : pooled
      sql = connect(direct, { max: 1 })
    })
    afterAll(async () => {
      await fiado?.stop()
      await sql?.end()
    })

    const ask = (method: string, path: string, body?: unknown): Promise<Answer> =>
      call(fiado.url, FIRST_KEY, method, path, body)

    test('migrates once, also when many do at the same time', async () => {
      const all = await Promise.all(
        [1, 2, 3].map(() => runFiado(['migrate'], { databaseUrl: url })),
      )
      expect(all.map(({ code, stderr }) => [code, stderr])).toEqual(Array(3).fill([0, '']))
      const output = all.map(({ stdout }) => stdout).join('')
      expect(output.match(/applied 000001/g)).toHaveLength(1)
    })

    test('two servers that start at once make one store and one key', async () => {
      const [one, other] = await Promise.all([
        startProcess({ databaseUrl: url }),
        startProcess({ databaseUrl: url }),
      ])
      fiado = one
      expect(await other.stop()).toBe(0)
      const [row] = await sql`
        select (select count(*)::integer from store) as stores,
          (select count(*)::integer from api_key) as keys,
          (select count(*)::integer from pg_locks where locktype = 'advisory') as locks`
      expect(row).toEqual({ stores: 1, keys: 1, locks: 0 })
    })

    test('lives an order from the account to the payment, and finds it again', async () => {
      const { id } = ok(await ask('POST', '/accounts', buyer('ana', LIMIT)))
      const path = `/accounts/${id}/transactions`
      const order = { value: 100, installments: 2, orderId: 'order-1' }
      const { id: transactionId } = ok(await ask('POST', path, order))
      ok(await ask('PUT', `${path}/${transactionId}/settlement`, { value: 100 }))
      ok(await ask('POST', `/accounts/${id}/invoices/${transactionId}-01/payments`))
      const { data } = ok(await ask('GET', `/accounts/${id}/invoices?value=50`))
      expect(data.map(({ status }: { status: string }) => status).sort()).toEqual([
        'Opened',
        'Paid',
      ])
      expect(ok(await ask('GET', `/accounts/${id}`)).balance).toBe(-50)
    })

    test('200 authorizations at once on a limit of 100 pass 100 times; a mixed load fails never', async () => {
      const { id } = ok(await ask('POST', '/accounts', buyer('rush', LIMIT)))
      const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
      const path = `/accounts/${id}/transactions`
      const rush = Array.from({ length: ATTEMPTS }, () =>
        send({ url: fiado.url, method: 'POST', path, body: { value: VALUE }, agent }),
      )
      const opened = Array.from({ length: 100 }, (_, index) => {
        const body = buyer(`load${index}`, LIMIT)
        return send({ url: fiado.url, method: 'POST', path: '/accounts', body, agent })
      })
      const reads = ['/accounts?from=1&to=50', `/accounts/${id}/statements`, path].flatMap((at) =>
        Array.from({ length: 50 }, () => send({ url: fiado.url, method: 'GET', path: at, agent })),
      )
      const started = performance.now()
      const accepted = (await Promise.all(rush)).filter(({ status }) => status === 200)
      const others = await Promise.all([...opened, ...reads])
      const took_ms = Math.round(performance.now() - started)
      agent.destroy()
      console.log(`${way}: ${rush.length + others.length} requests in ${took_ms} ms`)
      expect(accepted).toHaveLength(LIMIT / VALUE)
      expect(others.filter(({ status }) => status !== 200)).toEqual([])
    })

    test('a read that takes too long is cancelled, and its connection serves on', async () => {
      const pool = new ReadPool((await meet(url)).url, 1, 300)
      const started = performance.now()
      const failure = await pool.sql`select pg_sleep(30)`.catch((error: unknown) => error)
      expect(errorCode(failure)).toBe('57014')
      expect(performance.now() - started).toBeLessThan(5_000)
      const [row] = await pool.sql`select 1 + ${'1'}::integer as two`
      expect(row?.two).toBe(2)
      await pool.close()
    })

    const VICTIMS =
      way === 'directly' ? (['postgres'] as const) : (['postgres', 'pgbouncer'] as const)

    test.each(VICTIMS)(
      '%s goes and comes back: 503 meanwhile, and nothing is lost',
      async (name) => {
        const service: Service = site[name]
        const buyerOf = buyer(`${name}${VICTIMS.length}`, 1e6)
        const accountId: string = ok(await ask('POST', '/accounts', buyerOf)).id
        const options = { url: fiado.url, accountId, connections: CONNECTIONS, insists: true }
        const load = new Load({ ...options, name })
        await load.untilAnswered(CONNECTIONS * 5)
        await service.kill()
        await sleep(1_500)
        expect((await fetch(`${fiado.url}/readyz`)).status).toBe(503)
        await service.start()
        const backAt = performance.now()
        await until(async () => (await fetch(`${fiado.url}/readyz`)).ok)
        await load.untilAnswered(load.answered().length + CONNECTIONS * 5)
        console.log(
          `${way}: served ${Math.round(performance.now() - backAt)} ms after ${name} was back`,
        )
        await load.stop()
        const failed = load.sent.filter(({ status }) => status !== 200)
        expect(failed.filter(({ status, retryAfter }) => status !== 503 || !retryAfter)).toEqual([])
        const rows = await sql<{ order_id: string }[]>`
        select order_id from transaction where account_id = ${accountId}`
        const stored = new Set(rows.map(({ order_id }) => order_id))
        expect(stored.size).toBe(rows.length)
        expect(load.answered().filter(({ orderId }) => !stored.has(orderId))).toEqual([])
      },
    )

    test('serves with two processes', async () => {
      expect(await fiado.stop()).toBe(0)
      fiado = await startProcess({ databaseUrl: url, env: { FIADO_PROCESSES: '2' } })
      const { id } = ok(await ask('POST', '/accounts', buyer('twice', LIMIT)))
      const agent = new Agent({ keepAlive: true, maxSockets: CONNECTIONS })
      const path = `/accounts/${id}/transactions`
      const rush = Array.from({ length: ATTEMPTS }, () =>
        send({ url: fiado.url, method: 'POST', path, body: { value: VALUE }, agent }),
      )
      const accepted = (await Promise.all(rush)).filter(({ status }) => status === 200)
      agent.destroy()
      expect(accepted).toHaveLength(LIMIT / VALUE)
    })

    test('agrees with its ledger', async () => {
      const verified = await runFiado(['verify'], { databaseUrl: url })
      expect(verified.stdout).toContain('No drift')
      expect(verified.code).toBe(0)
    })
  })

  test('a pooler that forgets statements is found out', async () => {
    const { direct, pooled } = await site.createDatabase('three')
    const found = await meet(direct)
    expect(found.url).toBe(direct)
    expect(found.room).toBeGreaterThan(50)
    const behind = await meet(pooled)
    expect(behind.room).toBeUndefined()
    expect(behind.url).toBe(isTracking ? pooled : `${pooled}?prepare=false`)
    expect((await meet(`${pooled}?prepare=true`)).url).toBe(`${pooled}?prepare=true`)
  })
})

/** PgBouncer 1.21 and later, told so in its settings, keeps account of prepared statements. */
const isTracking = /max_prepared_statements/.test(process.env.FIADO_TEST_PGBOUNCER_SETTINGS ?? '')

function buyer(name: string, creditLimit: number) {
  const email = `${name}@example.com`
  return { document: name.toUpperCase(), documentType: 'Other', email, creditLimit }
}

// biome-ignore lint/suspicious/noExplicitAny: tests read answers of any shape
function ok({ status, json, text }: Answer): any {
  if (status !== 200) throw new Error(`${status}: ${text}`)
  return json
}

/** Waits until it holds, 15 s at most. */
async function until(holds: () => Promise<boolean>): Promise<void> {
  const end = performance.now() + PATIENCE_MS
  while (!(await holds())) {
    if (performance.now() > end) throw new Error('It did not come to be in time')
    await sleep(50)
  }
}
