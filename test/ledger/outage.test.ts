/** The database goes away: at every point of a write, under load, and for good. */
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest'
import { PROVEN_MS } from '../../src/ledger/memory.ts'
import type { Writer } from '../../src/ledger/writer.ts'
import { FIRST_KEY, startProcess } from '../support/process.ts'
import { call } from '../support/server.ts'
import { type ClientMessage, DatabaseProxy } from './proxy.ts'
import {
  createLedger,
  hold,
  keyed,
  lockAccount,
  opening,
  outcomeOf,
  outcomesOf,
  settlement,
  type TestLedger,
  tally,
  until,
  waitingForLocks,
  within,
} from './support.ts'

/** Longer than any answer may take here; a lane that hangs fails with it. */
const PATIENCE_MS = 8_000

let ledger: TestLedger
let proxy: DatabaseProxy

beforeAll(async () => {
  ledger = await createLedger()
})
afterAll(async () => {
  expect(await ledger.drift()).toEqual([])
  await ledger.close()
})
beforeEach(async () => {
  proxy = await DatabaseProxy.before(ledger.url)
})
afterEach(() => proxy.close())

async function open(name: string, limit: bigint = 1_000_000n): Promise<string> {
  const writer = ledger.writer({ lanes: 1 })
  expect(await outcomeOf(writer.submit(ledger.on(name, opening(name, limit))))).toBe('done')
  await writer.close()
  return name
}

/** A writer whose only lane reaches the database through the proxy. */
function throughProxy(): Writer {
  return ledger.writer({ url: proxy.url, lanes: 1 })
}

/** Until a lane no longer takes for granted that its connection stands. */
const untilNotProven = () => sleep(PROVEN_MS + 10)

async function holdsOf(accountId: string): Promise<string[]> {
  const rows = await ledger.sql<{ transaction_id: string }[]>`
    select transaction_id from transaction where account_id = ${accountId}`
  return rows.map(({ transaction_id }) => transaction_id)
}

async function backends(): Promise<number> {
  const [row] = await ledger.sql<{ count: number }[]>`
    select count(*)::integer as count from pg_stat_activity
    where datname = current_database() and application_name like 'fiado writer%'`
  return row?.count ?? 0
}

describe('what goes to the database', () => {
  /** The text of each statement, in the order in which they went out on one connection. */
  function record(): string[] {
    const statements: string[] = []
    const prepared = new Map<string, string>()
    proxy.judge = ({ type, text }) => {
      const [name = '', rest = ''] = text.split('\0')
      if (type === 'Q') statements.push(name)
      if (type === 'P') prepared.set(name, rest)
      // Bind names a portal first, then the statement.
      if (type === 'B') statements.push(prepared.get(rest) ?? '?')
      return 'pass'
    }
    return statements
  }

  test.each(['on a new connection', 'on one that knows its statements'])(
    'begins, locks, reads, writes and commits, in this order: %s',
    async (which) => {
      const account = await open(`order ${which.length}`)
      const statements = record()
      const writer = throughProxy()
      const first = hold(10n)
      if (which !== 'on a new connection') {
        await writer.submit(ledger.on(account, first, keyed(which, account)))
        await writer.submit(ledger.on(account, settlement(first.transactionId, 5n, false)))
      }
      statements.length = 0
      const key = keyed(`${which} too`, account)
      const results = [
        writer.submit(ledger.on(account, hold(10n), key)),
        writer.submit(ledger.on(account, settlement(first.transactionId, 6n, false))),
      ]
      expect((await outcomesOf(results))[0]).toBe('done')
      // Whatever sets a new connection up comes before.
      const own = statements.slice(statements.findIndex((text) => text.startsWith('begin')))
      const kinds = own.map((text) => {
        if (text.startsWith('begin')) return 'begin'
        if (/for update of a\b/.test(text)) return 'lock'
        if (/^\s*(insert|update|delete|set local)/.test(text)) return 'write'
        return text === 'commit' ? 'commit' : 'read'
      })
      expect(kinds.join(' ')).toMatch(/^begin lock( read)+( write)+ commit$/)
    },
  )
})

describe('a connection that is cut', () => {
  /** One write of each kind, with a key and without. */
  async function writeOnce(writer: Writer, account: string, name: string) {
    const bare = hold(1n)
    const withKey = hold(1n)
    const submissions = () => [
      ledger.on(account, bare),
      ledger.on(account, withKey, keyed(name, account)),
    ]
    const [first, second] = submissions().map((submission) => writer.submit(submission))
    const outcomes = await within(PATIENCE_MS, outcomesOf([first, second] as never))
    return { bare, withKey, outcomes, repeat: submissions }
  }

  /** Cuts at message after message until a write comes through without reaching the cut. */
  async function cutEverywhere(account: string, verdict: 'cut' | 'cut-after', isWarm: boolean) {
    const seen: Record<string, number> = {}
    for (let at = 0; ; at += 1) {
      const writer = throughProxy()
      if (isWarm)
        await writer.submit(ledger.on(account, hold(1n), keyed(`${account} warm ${at}`, account)))
      let count = 0
      let isCut = false
      proxy.judge = () => {
        if (count === at) isCut = true
        count += 1
        return count === at + 1 ? verdict : 'pass'
      }
      const { bare, withKey, outcomes, repeat } = await writeOnce(
        writer,
        account,
        `${account} ${at}`,
      )
      const stood = await holdsOf(account)
      const isDone = (command: { transactionId: string }) => stood.includes(command.transactionId)
      // What is acknowledged stands; what is said not to be done does not.
      const [onBare = '', onKey = ''] = outcomes
      seen[onBare] = (seen[onBare] ?? 0) + 1
      if (onBare === 'done') expect(isDone(bare)).toBe(true)
      else if (onBare === 'WriterUnavailable') expect(isDone(bare)).toBe(false)
      else expect(onBare).toBe('OutcomeUnknown')
      expect(['done', 'replayed']).toContain(onKey)
      expect(isDone(withKey)).toBe(true)
      // The same writer goes on, and the key has its effect once.
      const again = await within(PATIENCE_MS, outcomeOf(writer.submit(repeat()[1] as never)))
      expect(again).toBe('replayed')
      expect((await holdsOf(account)).filter((id) => id === withKey.transactionId)).toHaveLength(1)
      await within(PATIENCE_MS, writer.close())
      if (!isCut) return { messages: at, seen }
    }
  }

  test.each([
    ['before a message arrives', 'on a new connection', 'cut', false],
    ['before a message arrives', 'on a warm connection', 'cut', true],
    ['after a message arrived', 'on a new connection', 'cut-after', false],
    ['after a message arrived', 'on a warm connection', 'cut-after', true],
  ] as const)('%s, %s: at every message', async (when, where, verdict, isWarm) => {
    const account = await open(`${when} ${where}`.replaceAll(' ', '-'))
    const { messages, seen } = await cutEverywhere(account, verdict, isWarm)
    expect(messages).toBeGreaterThan(isWarm ? 15 : 30)
    expect(seen.done).toBeGreaterThan(5)
    expect(seen.OutcomeUnknown).toBeGreaterThan(5)
    expect(await ledger.drift()).toEqual([])
  })

  test('with a reset: at every message', async () => {
    proxy.isAbrupt = true
    const account = await open('reset')
    const { messages } = await cutEverywhere(account, 'cut', false)
    expect(messages).toBeGreaterThan(30)
    expect(await ledger.drift()).toEqual([])
  })

  test.each(['a new', 'a warm'])(
    'while %s connection waits for a lock: the lane goes on',
    async (which) => {
      const account = await open(`blocked ${which}`.replaceAll(' ', '-'))
      const writer = throughProxy()
      if (which === 'a warm') await writer.submit(ledger.on(account, hold(1n)))
      await untilNotProven()
      const unlock = await lockAccount(ledger.sql, account)
      const result = outcomeOf(writer.submit(ledger.on(account, hold(1n))))
      await until(async () => (await waitingForLocks(ledger.sql)) === 1)
      await ledger.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
      await unlock()
      expect(await within(PATIENCE_MS, result)).toBe('done')
      expect(
        await within(PATIENCE_MS, outcomeOf(writer.submit(ledger.on(account, hold(1n))))),
      ).toBe('done')
    },
  )

  test('after the commit: who has a key gets the first answer, who has none is told', async () => {
    const account = await open('lost-answer')
    const writer = throughProxy()
    await writer.submit(ledger.on(account, hold(1n)))
    proxy.judge = once(({ text }) => text.startsWith('commit'), 'cut-after')
    const { bare, withKey, outcomes } = await writeOnce(writer, account, 'lost answer')
    expect(outcomes).toEqual(['OutcomeUnknown', 'replayed'])
    expect(await holdsOf(account)).toEqual(
      expect.arrayContaining([bare.transactionId, withKey.transactionId]),
    )
  })

  test('after the commit, and the database stays away: nobody is told that nothing was done', async () => {
    const account = await open('stays-away')
    const writer = throughProxy()
    await writer.submit(ledger.on(account, hold(1n)))
    proxy.judge = once(
      ({ text }) => text.startsWith('commit'),
      'cut-after',
      () => {
        proxy.isDown = true
      },
    )
    const { withKey, outcomes, repeat } = await writeOnce(writer, account, 'stays away')
    await until(async () => (await holdsOf(account)).includes(withKey.transactionId))
    expect(outcomes).toEqual(['OutcomeUnknown', 'OutcomeUnknown'])
    proxy.isDown = false
    expect(await outcomeOf(writer.submit(repeat()[1] as never))).toBe('replayed')
  })
})

describe('a database that is away', () => {
  test('is said to be so at once, and is used again when it is back', async () => {
    const account = await open('away')
    const writer = throughProxy()
    await writer.submit(ledger.on(account, hold(1n)))
    await untilNotProven()
    proxy.isDown = true
    proxy.cutAll()
    for (let round = 0; round < 3; round += 1) {
      const results = [1, 2, 3].map(() => writer.submit(ledger.on(account, hold(1n))))
      const outcomes = await within(PATIENCE_MS, outcomesOf(results))
      expect(tally(outcomes)).toEqual({ WriterUnavailable: 3 })
    }
    proxy.isDown = false
    expect(await outcomeOf(writer.submit(ledger.on(account, hold(1n))))).toBe('done')
    expect(await holdsOf(account)).toHaveLength(2)
  })

  test('leaves no connections behind that nobody uses', async () => {
    const account = await open('leaks')
    const writer = throughProxy()
    await writer.submit(ledger.on(account, hold(1n)))
    const before = await backends()
    for (let round = 0; round < 3; round += 1) {
      await untilNotProven()
      proxy.isDown = true
      proxy.cutAll()
      await outcomeOf(writer.submit(ledger.on(account, hold(1n))))
      proxy.isDown = false
      await sleep(250)
      await outcomeOf(writer.submit(ledger.on(account, hold(1n))))
    }
    await until(async () => (await backends()) <= before, 2_000)
  })

  test('does not keep a writer from closing', async () => {
    const account = await open('closing')
    const writer = throughProxy()
    await writer.submit(ledger.on(account, hold(1n)))
    await untilNotProven()
    proxy.isDown = true
    proxy.cutAll()
    const result = outcomeOf(writer.submit(ledger.on(account, hold(1n))))
    await within(PATIENCE_MS, writer.close())
    expect(await result).toBe('WriterUnavailable')
  })
})

test('connections that end again and again under load: nothing is lost or done twice', async () => {
  const accounts = await Promise.all(['a', 'b', 'c'].map((name) => open(`load-${name}`)))
  const writers = [ledger.writer({ lanes: 2 }), ledger.writer({ lanes: 2 })]
  const sent: { id: string; isKeyed: boolean; outcome: string; repeat: () => Promise<string> }[] =
    []
  let isOver = false
  const client = async (index: number): Promise<void> => {
    for (let turn = 0; !isOver; turn += 1) {
      const account = accounts[(index + turn) % accounts.length] as string
      const command = hold(1n)
      const isKeyed = turn % 2 === 0
      const key = isKeyed ? keyed(`load ${index} ${turn}`, account) : undefined
      const submit = () =>
        outcomeOf((writers[index % 2] as Writer).submit(ledger.on(account, command, key)))
      const outcome = await within(20_000, submit())
      sent.push({ id: command.transactionId, isKeyed, outcome, repeat: submit })
    }
  }
  const clients = Array.from({ length: 12 }, (_, index) => client(index))
  let ended = 0
  const done = () => sent.filter(({ outcome }) => outcome === 'done').length
  // As often as the machine is fast: on a slow one a connection must live a while to do anything.
  const until_ms = performance.now() + 40_000
  for (let seen = 0, pause_ms = 0; ended <= 50 || done() <= 100; seen = done()) {
    if (performance.now() > until_ms) break
    await sleep(20 + (ended % 7) * 11 + pause_ms)
    pause_ms = done() === seen ? pause_ms + 20 : 0
    const rows = await ledger.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and application_name like 'fiado writer%'`
    ended += rows.length
  }
  isOver = true
  await Promise.all(clients)

  const stood = new Set((await Promise.all(accounts.map(holdsOf))).flat())
  const outcomes = tally(sent.map(({ outcome }) => outcome))
  expect(ended).toBeGreaterThan(50)
  expect(outcomes.done).toBeGreaterThan(100)
  expect(Object.keys(outcomes)).toEqual(expect.arrayContaining(['done', 'OutcomeUnknown']))
  const known = ['done', 'replayed', 'OutcomeUnknown', 'WriterUnavailable']
  expect(Object.keys(outcomes).filter((outcome) => !known.includes(outcome))).toEqual([])
  for (const { id, outcome } of sent) {
    if (outcome === 'done' || outcome === 'replayed') expect(stood.has(id)).toBe(true)
    if (outcome === 'WriterUnavailable') expect(stood.has(id)).toBe(false)
  }

  const again = await Promise.all(
    sent.filter(({ isKeyed }) => isKeyed).map(async (one) => ({ ...one, now: await one.repeat() })),
  )
  for (const { id, now } of again) {
    expect(now).toBe(stood.has(id) ? 'replayed' : 'done')
  }
  const [row] = await ledger.sql<{ twice: number }[]>`
    select count(*)::integer as twice from (
      select from entry where kind = 'TransactionAuthorized' and account_id like 'load-%'
      group by data->>'transactionId' having count(*) > 1) repeated`
  expect(row?.twice).toBe(0)
  expect(await ledger.drift()).toEqual([])
}, 60_000)

test('a column that a newer version adds under a running server costs no request', async () => {
  const account = await open('newer')
  const writer = ledger.writer({ lanes: 1 })
  const command = hold(100n)
  await writer.submit(ledger.on(account, command))
  const settle = (total: bigint) =>
    outcomeOf(writer.submit(ledger.on(account, settlement(command.transactionId, total, false))))
  expect(await settle(10n)).toBe('done')
  for (const table of ['account', 'transaction', 'invoice', 'store', 'idempotency']) {
    await ledger.sql.unsafe(`alter table ${table} add column added integer`)
  }
  expect(await settle(20n)).toBe('done')
  for (const table of ['account', 'transaction', 'invoice', 'store', 'idempotency']) {
    await ledger.sql.unsafe(`alter table ${table} drop column added`)
  }
})

describe('a server process', () => {
  test('lives on when a connection is lost while it is being set up', async () => {
    const server = await startProcess({ databaseUrl: proxy.url })
    const account = await open('process-setup')
    const begun = new Set<number>()
    const first = proxy.connections
    proxy.judge = ({ type, connection }) => {
      const isSetUp = type === 'P' || type === 'Q'
      if (!isSetUp || connection < first || begun.has(connection) || begun.size >= 3) return 'pass'
      begun.add(connection)
      return 'cut'
    }
    proxy.cutAll()
    for (let turn = 0; turn < 10; turn += 1) {
      const path = `/accounts/${account}/transactions`
      await call(server.url, FIRST_KEY, 'POST', path, { value: 1 }).catch(() => undefined)
    }
    expect(begun.size).toBe(3)
    const answer = await call(server.url, FIRST_KEY, 'GET', `/accounts/${account}`)
    expect(answer.status).toBe(200)
    expect(server.stderr()).not.toMatch(/\n {4}at /)
    server.kill('SIGKILL')
    await server.exited
  })

  test('lives on when a connection is lost in the middle of a change of the configuration', async () => {
    const server = await startProcess({ databaseUrl: proxy.url })
    const locker = await ledger.sql.reserve()
    await locker`begin`
    await locker`select from store for update`
    const changed = call(server.url, FIRST_KEY, 'PUT', '/storeconfig', { taxRate: 0.1 }).catch(
      () => undefined,
    )
    await until(async () => {
      const rows = await ledger.sql`
        select from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`
      return rows.length === 1
    })
    await ledger.sql`
      select pg_terminate_backend(pid) from pg_stat_activity
      where datname = current_database() and wait_event_type = 'Lock'`
    const answer = await within(PATIENCE_MS, changed)
    await locker`rollback`
    locker.release()
    expect(answer?.status).toBe(503)
    expect((await call(server.url, FIRST_KEY, 'GET', '/storeconfig')).status).toBe(200)
    const again = await call(server.url, FIRST_KEY, 'PUT', '/storeconfig', { taxRate: 0.2 })
    expect(again.json.taxRate).toBe(0.2)
    server.kill('SIGKILL')
    await server.exited
  })
})

/** Gives the verdict to the first message that matches, and lets everything else pass. */
function once(
  matches: (message: ClientMessage) => boolean,
  verdict: 'cut' | 'cut-after',
  then: () => void = () => undefined,
): (message: ClientMessage) => 'pass' | 'cut' | 'cut-after' {
  let isOver = false
  return (message) => {
    if (isOver || !matches(message)) return 'pass'
    isOver = true
    then()
    return verdict
  }
}
