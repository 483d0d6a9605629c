/** The writer by itself: what a batch does with keys, claims, refusals and faults. */
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAX_AMOUNT, MAX_OWED, MAX_RATE } from '../../src/credit/money.ts'
import type { WriteResult } from '../../src/ledger/job.ts'
import { DatabaseProxy, type Verdict } from './proxy.ts'
import {
  createLedger,
  hold,
  keyed,
  lockAccount,
  newId,
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

let ledger: TestLedger

beforeAll(async () => {
  ledger = await createLedger()
})
afterAll(async () => {
  expect(await ledger.drift()).toEqual([])
  await ledger.close()
})

/** A writer with one lane, so that what is submitted at once is one batch; tells of each commit. */
function oneLane() {
  const commits: number[] = []
  const writer = ledger.writer({ lanes: 1, onCommit: (commands) => commits.push(commands) })
  return { writer, commits }
}

async function open(name: string, limit?: bigint): Promise<string> {
  const { writer } = oneLane()
  expect(await outcomeOf(writer.submit(ledger.on(name, opening(name, limit))))).toBe('done')
  await writer.close()
  return name
}

async function totalsOf(accountId: string) {
  const [row] = await ledger.sql<{ owed: bigint; held: bigint; holds: number; seq: bigint }[]>`
    select owed, held, seq, (
      select count(*)::integer from transaction t where t.account_id = a.account_id) as holds
    from account a where account_id = ${accountId}`
  return row
}

/** The answer that a caller with an Idempotency-Key gets. */
function answerOf(result: WriteResult, body: (done: WriteResult) => string): string {
  return result.kind === 'replayed' ? result.answer.body : body(result)
}

describe('Idempotency-Keys', () => {
  test('twice in one batch: one effect, and both get the same answer', async () => {
    const account = await open('twice')
    const { writer, commits } = oneLane()
    const { transactionId } = hold(10n)
    const key = keyed('twice', account)
    const results = await Promise.all([
      writer.submit(ledger.on(account, hold(10n, { transactionId }), key)),
      writer.submit(ledger.on(account, hold(10n), key)),
    ])
    expect(commits).toEqual([2])
    expect(results.map(({ kind }) => kind)).toEqual(['done', 'replayed'])
    expect(answerOf(results[1], () => '')).toBe(`${account} ${transactionId} 1`)
    expect(await totalsOf(account)).toMatchObject({ held: 10n, holds: 1 })
  })

  test('twice in one batch for different requests: the second is refused', async () => {
    const account = await open('reused')
    const { writer, commits } = oneLane()
    const submissions = ['first', 'second'].map((fingerprint) =>
      writer.submit(ledger.on(account, hold(10n), keyed('reused', account, fingerprint))),
    )
    expect(await outcomesOf(submissions)).toEqual(['done', 'key-reused'])
    expect(commits).toEqual([2])
    expect(await totalsOf(account)).toMatchObject({ held: 10n, holds: 1 })
  })

  test('a refusal is kept too, also when it could be granted later', async () => {
    const account = await open('refused', 10n)
    const { writer } = oneLane()
    const submit = () => writer.submit(ledger.on(account, hold(11n), keyed('refused', account)))
    expect(await outcomeOf(submit())).toBe('insufficient-credit')
    await writer.submit(ledger.on(account, { type: 'changeLimit', limit: 100n }))
    expect(await submit()).toEqual({
      kind: 'replayed',
      answer: { status: 409, body: 'insufficient-credit' },
    })
  })

  test('after a restart of the writer', async () => {
    const account = await open('restarted')
    const first = oneLane().writer
    const command = hold(10n)
    await first.submit(ledger.on(account, command, keyed('restarted', account)))
    await first.close()
    const again = await oneLane().writer.submit(
      ledger.on(account, hold(10n), keyed('restarted', account)),
    )
    expect(again).toEqual({
      kind: 'replayed',
      answer: { status: 200, body: `${account} ${command.transactionId} 1` },
    })
  })

  test('on two writers at once, whether or not there is an account: one effect', async () => {
    const writers = [oneLane().writer, oneLane().writer]
    for (let round = 0; round < 20; round += 1) {
      const name = `both-${round}`
      const key = keyed(`open-${round}`)
      const opened = writers.map((w) => w.submit(ledger.on(name, opening(name), key)))
      expect(tally(await outcomesOf(opened))).toEqual({ done: 1, replayed: 1 })

      const holding = writers.map((writer) =>
        writer.submit(ledger.on(name, hold(10n), keyed(`hold-${round}`, name))),
      )
      expect(tally(await outcomesOf(holding))).toEqual({ done: 1, replayed: 1 })
      expect(await totalsOf(name)).toMatchObject({ held: 10n, holds: 1, seq: 2n })

      const missing = `missing-${round}`
      const refused = writers.map((writer) =>
        writer.submit(ledger.on(missing, hold(10n), keyed(missing, missing))),
      )
      expect(tally(await outcomesOf(refused))).toEqual({ 'account-not-found': 1, replayed: 1 })
    }
  })

  test('of an opening whose id is made anew each time: one account', async () => {
    const writer = ledger.writer({ lanes: 8 })
    const results = Array.from({ length: 16 }, (_, index) =>
      writer.submit(ledger.on(`anew-${index}`, opening('anew'), keyed('anew'))),
    )
    expect(tally(await outcomesOf(results))).toEqual({ done: 1, replayed: 15 })
    await writer.close()
  })

  test('of two stores are two keys', async () => {
    const account = await open('stores')
    const { writer } = oneLane()
    await ledger.sql`insert into store select 99, 'other', currency, exponent, time_zone, version,
      config, created_at from store where store_id = ${ledger.storeId}`
    const mine = ledger.on(account, hold(10n), keyed('stores', account))
    const theirs = ledger.on(account, opening(account), keyed('stores', account, 'another body'))
    const results = [mine, { ...theirs, storeId: 99 }].map((one) => writer.submit(one))
    expect(await outcomesOf(results)).toEqual(['done', 'done'])
  })

  test('used at once for two accounts: each repeat gets its own first answer', async () => {
    const accounts = await Promise.all(['one', 'two', 'three', 'four'].map((name) => open(name)))
    const writers = accounts.map(() => oneLane().writer)
    const submit = () =>
      accounts.map((account, index) => {
        const key = keyed('crossed', account, `body of ${account}`)
        return (writers[index] as (typeof writers)[0]).submit(ledger.on(account, hold(1n), key))
      })
    const first = await outcomesOf(submit())
    const again = await outcomesOf(submit())
    for (const [index, outcome] of first.entries()) {
      expect(again[index]).toBe(outcome === 'done' ? 'replayed' : 'key-reused')
    }
  })
})

describe('opening', () => {
  const buyers = ['document', 'email'] as const

  test.each(buyers)('twice with the same %s in one batch: one wins', async (same) => {
    const { writer, commits } = oneLane()
    const first = opening(`${same}-a`)
    const results = ['a', 'b', 'c'].map((name) => {
      const command = { ...opening(`${same}-${name}`), [same]: first[same] }
      return writer.submit(ledger.on(`${same}-${name}`, command))
    })
    expect(await outcomesOf(results)).toEqual([
      'done',
      'account-already-open',
      'account-already-open',
    ])
    expect(commits).toEqual([3])
  })

  test.each(buyers)(
    'at once with the same %s in many lanes of two writers: one wins',
    async (same) => {
      const writers = [ledger.writer({ lanes: 8 }), ledger.writer({ lanes: 8 })]
      for (let round = 0; round < 10; round += 1) {
        const first = opening(`${same}-lanes-${round}`)
        const results = Array.from({ length: 16 }, (_, index) => {
          const name = `${same}-lanes-${round}-${index}`
          const command = { ...opening(name), [same]: first[same] }
          return writers[index % 2]?.submit(ledger.on(name, command)) as Promise<WriteResult>
        })
        expect(tally(await outcomesOf(results))).toEqual({ done: 1, 'account-already-open': 15 })
      }
    },
  )

  test('the same account at once on two writers: one wins, and the other is told so', async () => {
    const writers = [oneLane().writer, oneLane().writer]
    for (let round = 0; round < 40; round += 1) {
      const name = `same-${round}`
      const results = writers.map((writer) => writer.submit(ledger.on(name, opening(name))))
      expect(tally(await outcomesOf(results))).toEqual({ done: 1, 'account-already-open': 1 })
    }
  })

  test('by the first authorization, at once on two writers: both orders are held', async () => {
    await ledger.configure({
      automaticCheckingAccountCreationEnabled: true,
      defaultCreditValue: 100n,
    })
    const writers = [oneLane().writer, oneLane().writer]
    for (let round = 0; round < 40; round += 1) {
      const name = `auto-${round}`
      const { document, documentType, email } = opening(name)
      const buyer = { document, documentType, email }
      const results = writers.map((writer) => writer.submit(ledger.on(name, hold(60n, { buyer }))))
      const outcomes = tally(await outcomesOf(results))
      expect(outcomes).toEqual({ done: 1, 'insufficient-credit': 1 })
      expect(await totalsOf(name)).toMatchObject({ held: 60n, holds: 1, seq: 2n })
    }
    await ledger.configure({ automaticCheckingAccountCreationEnabled: false })
  })

  test.each([
    ['an opening', opening('between-1'), 'account-already-open'],
    ['an open-or-change', { ...opening('between-2'), type: 'changeAccount' as const }, 'done'],
    ['a first authorization', hold(60n, { buyer: opening('between-3') }), 'done'],
  ])('between two reads of another writer does not mislead %s', async (_what, command, outcome) => {
    await ledger.configure({ automaticCheckingAccountCreationEnabled: true })
    const { email } = 'email' in command ? command : (command.buyer ?? { email: '' })
    const name = email?.split('@')[0] ?? ''
    const proxy = await DatabaseProxy.before(ledger.url)
    const slow = ledger.writer({ url: proxy.url, lanes: 1 })
    const reached = Promise.withResolvers<void>()
    const opened = Promise.withResolvers<void>()
    // It has seen no account yet, and reads next who claims the document and the e-mail.
    proxy.judge = async ({ type, text }): Promise<Verdict> => {
      if (type !== 'P' || !text.includes('claim')) return 'pass'
      reached.resolve()
      await opened.promise
      return 'pass'
    }
    const result = outcomeOf(slow.submit(ledger.on(name, command)))
    await reached.promise
    await open(name)
    opened.resolve()
    expect(await result).toBe(outcome)
    await slow.close()
    await proxy.close()
    await ledger.configure({ automaticCheckingAccountCreationEnabled: false })
  })

  test('closing and opening again goes in one batch', async () => {
    const { writer, commits } = oneLane()
    const command = opening('again')
    const results = [
      writer.submit(ledger.on('again-1', command)),
      writer.submit(ledger.on('again-1', { type: 'closeAccount' })),
      writer.submit(ledger.on('again-2', command)),
      writer.submit(ledger.on('again-2', { type: 'closeAccount' })),
      writer.submit(ledger.on('again-1', command)),
      writer.submit(ledger.on('again-3', command)),
      writer.submit(ledger.on('again-4', command)),
    ]
    expect(await outcomesOf(results)).toEqual([
      ...['done', 'done', 'done', 'done', 'account-already-open', 'done', 'account-already-open'],
    ])
    expect(commits).toEqual([7])
  })
})

describe('claims', () => {
  test('move between accounts within a batch', async () => {
    const [a, b] = [await open('mover-a'), await open('mover-b')]
    const { writer, commits } = oneLane()
    const change = (account: string, what: { email?: string; document?: string }) =>
      writer.submit(ledger.on(account, { type: 'changeAccount', ...what }))
    const results = [
      change(b, { email: 'mover-a@exemplo.com.br' }),
      change(a, { email: 'mover-x@exemplo.com.br' }),
      change(b, { email: 'MOVER-A@exemplo.com.br' }),
      change(a, { email: 'mover-b@exemplo.com.br' }),
      change(a, { document: 'DOCmoverb' }),
      change(b, { document: 'DOCmoverx' }),
      change(a, { document: 'docmoverB' }),
      change(b, { document: 'DOCmovera' }),
    ]
    expect(await outcomesOf(results)).toEqual([
      ...['account-already-open', 'done', 'done', 'done'],
      ...['account-already-open', 'done', 'done', 'done'],
    ])
    expect(commits).toEqual([8])
    const claims = await ledger.sql<{ value: string; account_id: string }[]>`
      select value, account_id from claim where account_id in (${a}, ${b}) order by value`
    expect(claims.map(({ value, account_id }) => `${value} ${account_id}`)).toEqual([
      'OTHER:DOCMOVERA mover-b',
      'OTHER:DOCMOVERB mover-a',
      'mover-a@exemplo.com.br mover-b',
      'mover-b@exemplo.com.br mover-a',
    ])
  })

  test('of a holder move with the holder, and come back within the batch', async () => {
    const [a, b] = [await open('holder-a'), await open('holder-b')]
    const { writer, commits } = oneLane()
    const email = 'shared@exemplo.com.br'
    const add = (account: string, holderId: string, who = email) =>
      writer.submit(ledger.on(account, { type: 'addHolder', holderId, email: who }))
    const remove = (account: string, holderId: string) =>
      writer.submit(ledger.on(account, { type: 'removeHolder', holderId }))
    const results = [
      add(a, 'h1'),
      add(b, 'h2'),
      remove(a, 'h1'),
      add(b, 'h3', 'SHARED@exemplo.com.br'),
      add(a, 'h4'),
      remove(b, 'h3'),
      add(a, 'h5'),
      writer.submit(ledger.on('holder-c', { ...opening('holder-c'), email })),
    ]
    expect(await outcomesOf(results)).toEqual([
      ...['done', 'email-taken', 'done', 'done', 'email-taken', 'done', 'done'],
      'account-already-open',
    ])
    expect(commits).toEqual([8])
    const holders = await ledger.sql<{ holder_id: string }[]>`
      select holder_id from holder where account_id in (${a}, ${b})`
    expect(holders.map(({ holder_id }) => holder_id)).toEqual(['h5'])
  })

  test('an account that closes frees its holders for others of the batch', async () => {
    const [a, b] = [await open('closing-a'), await open('closing-b')]
    const { writer } = oneLane()
    const email = 'freed@exemplo.com.br'
    const add = (account: string, holderId: string) =>
      writer.submit(ledger.on(account, { type: 'addHolder', holderId, email }))
    await add(a, 'f1')
    const results = [
      add(b, 'f2'),
      writer.submit(ledger.on(a, { type: 'closeAccount' })),
      add(b, 'f3'),
    ]
    expect(await outcomesOf(results)).toEqual(['email-taken', 'done', 'done'])
  })

  test('at once on two writers: an e-mail is never held twice', async () => {
    const accounts = await Promise.all(['p', 'q', 'r', 's'].map((name) => open(`claim-${name}`)))
    const writers = [ledger.writer({ lanes: 4 }), ledger.writer({ lanes: 4 })]
    const random = numbers(7)
    const one = <T>(list: readonly T[]): T => list[random() % list.length] as T
    const outcomes = await Promise.all(
      Array.from({ length: 300 }, () => {
        const email = `contested-${random() % 5}@exemplo.com.br`
        const holderId = newId()
        const command = one([
          { type: 'addHolder', holderId, email } as const,
          { type: 'changeAccount', email } as const,
          { type: 'changeAccount', email: `own-${newId()}@exemplo.com.br` } as const,
        ])
        return outcomeOf(one(writers).submit(ledger.on(one(accounts), command)))
      }),
    )
    expect(Object.keys(tally(outcomes)).sort()).toEqual([
      'account-already-open',
      'done',
      'email-taken',
    ])
    expect(await ledger.drift()).toEqual([])
  })
})

describe('a batch', () => {
  test('counts the same debit once', async () => {
    const account = await open('debits')
    const { writer, commits } = oneLane()
    const debit = (value: bigint) =>
      writer.submit(ledger.on(account, { type: 'debit', statementId: 'S1', value }))
    const results = [debit(-10n), debit(-10n), debit(-11n)]
    expect(await outcomesOf(results)).toEqual(['done', 'done', 'debit-conflict'])
    expect(commits).toEqual([3])
    expect(await totalsOf(account)).toMatchObject({ owed: 10n, seq: 2n })
    expect(await outcomesOf([debit(-10n), debit(-11n)])).toEqual(['done', 'debit-conflict'])
    expect(await totalsOf(account)).toMatchObject({ owed: 10n, seq: 2n })
  })

  test('sees what its earlier commands did, from the hold to the payment taken back', async () => {
    const account = await open('life', 100n)
    const { writer, commits } = oneLane()
    const first = hold(60n, { installments: 2 })
    const second = hold(60n)
    const { transactionId } = first
    const invoiceId = `${transactionId}-01`
    const commands = [
      first,
      second,
      { type: 'changeTransaction', transactionId, value: 50n },
      second,
      settlement(transactionId, 40n, false),
      settlement(transactionId, 50n),
      { type: 'payInvoice', invoiceId },
      { type: 'refund', transactionId, value: 45n },
      { type: 'changeInvoice', invoiceId, status: 'Opened', mayPay: true },
      { type: 'cancelTransaction', transactionId: second.transactionId },
      { type: 'closeAccount' },
    ] as const
    const results = commands.map((command) => writer.submit(ledger.on(account, command)))
    expect(await outcomesOf(results)).toEqual([
      ...['done', 'insufficient-credit', 'done', 'insufficient-credit', 'done', 'done', 'done'],
      ...['done', 'done', 'transaction-not-found', 'account-in-use'],
    ])
    expect(commits).toEqual([11])
    expect(await totalsOf(account)).toMatchObject({ owed: 5n, held: 0n, holds: 1 })
  })

  test('commits everything that is granted, however much of it is refused', async () => {
    const account = await open('mixed', 500n)
    const { writer, commits } = oneLane()
    const results = Array.from({ length: 100 }, (_, index) => {
      const isGood = index % 2 === 0
      return writer.submit(ledger.on(isGood ? account : 'nobody', hold(10n)))
    })
    const outcomes = await outcomesOf(results)
    expect(outcomes.filter((_, index) => index % 2 === 0)).toEqual(Array(50).fill('done'))
    expect(tally(outcomes)).toEqual({ done: 50, 'account-not-found': 50 })
    expect(commits).toEqual([100])
    expect(await totalsOf(account)).toMatchObject({ held: 500n, holds: 50 })
  })

  test('holds at most as many commands as it may', async () => {
    const account = await open('small')
    const commits: number[] = []
    const onCommit = (commands: number) => commits.push(commands)
    const writer = ledger.writer({ lanes: 1, batch: 10, onCommit })
    const results = Array.from({ length: 25 }, () => writer.submit(ledger.on(account, hold(1n))))
    expect(tally(await outcomesOf(results))).toEqual({ done: 25 })
    expect(commits).toEqual([10, 10, 5])
  })

  test.each([
    ['an id with a NUL, which fails the load', 'bad\0id', hold(1n)],
    ['a text with a NUL, which fails the write', undefined, hold(1n, { orderId: 'bad\0order' })],
    ['half a surrogate pair, which fails the entry', undefined, hold(1n, { orderId: '\ud800' })],
    ['a number that no column holds', undefined, hold(1n, { installments: 99_999 })],
  ])('loses nothing else to %s', async (name, id, bad) => {
    const account = await open(`mates of ${name}`.replace(/\W/g, ''), 1_000n)
    const { writer } = oneLane()
    const mates = Array.from({ length: 5 }, () => writer.submit(ledger.on(account, hold(10n))))
    const rejected = writer.submit(ledger.on(id ?? account, bad))
    const later = Array.from({ length: 5 }, () => writer.submit(ledger.on(account, hold(10n))))
    await expect(rejected).rejects.toThrow()
    expect(tally(await outcomesOf([...mates, ...later]))).toEqual({ done: 10 })
    expect(await totalsOf(account)).toMatchObject({ held: 100n, holds: 10 })
  })

  test('loses nothing else to a store that does not exist', async () => {
    const account = await open('storeless')
    const { writer } = oneLane()
    const mate = writer.submit(ledger.on(account, hold(10n)))
    const rejected = writer.submit({ ...ledger.on(account, hold(10n)), storeId: 12_345 })
    await expect(rejected).rejects.toThrow('no store')
    expect(await outcomeOf(mate)).toBe('done')
  })

  test('never makes two holds of one id', async () => {
    const account = await open('one-id', 1_000n)
    const { writer } = oneLane()
    const command = hold(10n)
    const results = await outcomesOf([
      writer.submit(ledger.on(account, command)),
      writer.submit(ledger.on(account, { ...command, value: 20n })),
    ])
    expect(results.filter((outcome) => outcome === 'done').length).toBeLessThanOrEqual(1)
    expect(await ledger.drift()).toEqual([])
  })
})

describe('the queue', () => {
  test('refuses what is one too many, and takes more when there is room', async () => {
    const account = await open('queue')
    const writer = ledger.writer({ lanes: 2, queue: 10 })
    const results = Array.from({ length: 13 }, () => writer.submit(ledger.on(account, hold(1n))))
    expect(writer.waiting).toBe(10)
    const outcomes = await outcomesOf(results)
    expect(tally(outcomes)).toEqual({ done: 10, WriterOverloaded: 3 })
    expect(outcomes.slice(0, 10)).toEqual(Array(10).fill('done'))
    expect(writer.waiting).toBe(0)
    expect(await outcomeOf(writer.submit(ledger.on(account, hold(1n))))).toBe('done')
    expect(await totalsOf(account)).toMatchObject({ held: 11n })
  })

  test('takes turns between what runs in the background and what people wait for', async () => {
    const account = await open('turns')
    const commits: number[] = []
    const onCommit = (commands: number) => commits.push(commands)
    const writer = ledger.writer({ lanes: 1, batch: 10, onCommit })
    const done: string[] = []
    const submit = (name: string, count: number, more: { background?: true } = {}) =>
      Array.from({ length: count }, async () => {
        expect(await outcomeOf(writer.submit({ ...ledger.on(account, hold(1n)), ...more }))).toBe(
          'done',
        )
        done.push(name)
      })
    await Promise.all([
      ...submit('background', 25, { background: true }),
      ...submit('a person', 12),
    ])
    expect(commits).toEqual([10, 10, 2, 10, 5])
    const order = done.filter((name, index) => name !== done[index - 1])
    expect(order).toEqual(['a person', 'background', 'a person', 'background'])
    expect(writer.waiting).toBe(0)
    expect(await totalsOf(account)).toMatchObject({ held: 37n })
  })

  test('refuses what waited too long, and does nothing of it', async () => {
    const account = await open('late')
    const writer = ledger.writer({ lanes: 1, wait_ms: 100 })
    const unlock = await lockAccount(ledger.sql, account)
    const first = writer.submit(ledger.on(account, hold(1n)))
    await until(async () => (await waitingForLocks(ledger.sql)) > 0)
    const second = outcomeOf(writer.submit(ledger.on(account, hold(1n))))
    await sleep(150)
    await unlock()
    expect(await outcomeOf(first)).toBe('done')
    expect(await second).toBe('WriterUnavailable')
    expect(await totalsOf(account)).toMatchObject({ held: 1n })
  })

  test('is finished on close; afterwards nothing is taken', async () => {
    const names = await Promise.all(
      Array.from({ length: 8 }, (_, index) => open(`closing-${index}`)),
    )
    const writer = ledger.writer({ batch: 16 })
    const results = names.flatMap((name) =>
      Array.from({ length: 40 }, () => writer.submit(ledger.on(name, hold(1n)))),
    )
    const closed = writer.close()
    const late = writer.submit(ledger.on(names[0] ?? '', hold(1n)))
    expect(await outcomeOf(late)).toBe('WriterUnavailable')
    await closed
    expect(writer.waiting).toBe(0)
    expect(tally(await outcomesOf(results))).toEqual({ done: 320 })
    for (const name of names) expect(await totalsOf(name)).toMatchObject({ held: 40n })
  })
})

test('a lane keeps nothing of what it has answered', async () => {
  const account = await open('kept')
  const { writer } = oneLane()
  const answers: WeakRef<WriteResult>[] = []
  for (let turn = 0; turn < 100; turn += 1) {
    answers.push(new WeakRef(await writer.submit(ledger.on(account, hold(1n)))))
  }
  await sleep(10)
  setFlagsFromString('--expose-gc')
  runInNewContext('gc')()
  const alive = answers.filter((answer) => answer.deref() !== undefined)
  expect(alive.length).toBeLessThan(10)
})

describe('two writers', () => {
  test('that name the same accounts in opposite order do not wait for each other', async () => {
    const names = await Promise.all(
      Array.from({ length: 20 }, (_, index) => open(`order-${index}`)),
    )
    const writers = [oneLane().writer, oneLane().writer]
    const before = await deadlocks()
    for (let round = 0; round < 15; round += 1) {
      const results = writers.flatMap((writer, index) => {
        const own = index === 0 ? names : [...names].reverse()
        return own.map((name) => writer.submit(ledger.on(name, hold(1n))))
      })
      expect(tally(await within(5_000, outcomesOf(results)))).toEqual({ done: 40 })
    }
    expect(await deadlocks()).toBe(before)
  })

  test('that open the same accounts in opposite order both get their answers', async () => {
    const names = Array.from({ length: 60 }, (_, index) => `crossing-${index}`)
    const writers = [oneLane().writer, oneLane().writer]
    const middle = names[30] ?? ''
    // Whoever comes to the middle waits there, so that each writer holds what the other wants.
    const blocker = await ledger.sql.reserve()
    await blocker`begin`
    await blocker`
      insert into account (store_id, account_id, document, document_type, email, email_key, status,
        credit_limit, tolerance, owed, held, seq, created_at, updated_at)
      values (${ledger.storeId}, ${middle}, 'd', 'Other', 'e', 'e', 'Open', 0, 0, 0, 0, 0, now(),
        now())`
    const results = writers.map((writer, index) => {
      const own = index === 0 ? names : [...names].reverse()
      return own.map((name) => writer.submit(ledger.on(name, opening(name))))
    })
    const outcomes = results.map((own) => outcomesOf(own))
    await until(async () => (await waitingForLocks(ledger.sql)) === 2)
    await blocker`rollback`
    blocker.release()
    const [first = [], second = []] = await within(20_000, Promise.all(outcomes))
    expect(tally([...first, ...second])).toEqual({ done: 60, 'account-already-open': 60 })
  })
})

describe('large amounts', () => {
  test('a limit of 10^13 with the largest tolerance is held to the last unit', async () => {
    await ledger.configure({ toleranceEnabled: true })
    const { writer } = oneLane()
    const command = opening('large', MAX_AMOUNT, { tolerance: MAX_RATE })
    await writer.submit(ledger.on('large', command))
    // 10^13 × 1,001 could be spent, and no account may owe more than MAX_OWED.
    const results = Array.from({ length: 101 }, () =>
      writer.submit(ledger.on('large', hold(MAX_AMOUNT))),
    )
    expect(tally(await outcomesOf(results))).toEqual({ done: 100, 'owed-too-large': 1 })
    expect(await totalsOf('large')).toMatchObject({ held: MAX_OWED })
    await ledger.configure({ toleranceEnabled: false })
  })

  test('debits reach the most that may be owed, and not one unit more', async () => {
    const account = await open('debtor', 0n)
    const { writer } = oneLane()
    const debit = (index: number, value: bigint) =>
      writer.submit(ledger.on(account, { type: 'debit', statementId: `S${index}`, value }))
    const most = Array.from({ length: 100 }, (_, index) => debit(index, -MAX_AMOUNT))
    expect(tally(await outcomesOf(most))).toEqual({ done: 100 })
    expect(await outcomeOf(debit(100, -1n))).toBe('owed-too-large')
    expect(await totalsOf(account)).toMatchObject({ owed: MAX_OWED })
    expect(await outcomeOf(writer.submit(ledger.on(account, hold(1n))))).not.toBe('done')
  })

  test('10^13 in 99 instalments: settled, paid, taken back and refunded to the unit', async () => {
    const account = await open('instalments', MAX_AMOUNT)
    const { writer } = oneLane()
    const command = hold(MAX_AMOUNT, { installments: 99 })
    const { transactionId } = command
    const invoice = (kk: number) => `${transactionId}-${String(kk).padStart(2, '0')}`
    const all = Array.from({ length: 99 }, (_, index) => invoice(index + 1))
    const steps = [
      [command, settlement(transactionId, MAX_AMOUNT)],
      all.map((invoiceId) => ({ type: 'payInvoice', invoiceId }) as const),
      all.map(
        (invoiceId) =>
          ({ type: 'changeInvoice', invoiceId, status: 'Opened', mayPay: true }) as const,
      ),
      [{ type: 'refund', transactionId, value: MAX_AMOUNT - 1n } as const],
    ]
    const owed = [MAX_AMOUNT, 0n, MAX_AMOUNT, 1n]
    for (const [index, commands] of steps.entries()) {
      const results = commands.map((one) => writer.submit(ledger.on(account, one)))
      expect(Object.keys(tally(await outcomesOf(results)))).toEqual(['done'])
      expect(await totalsOf(account)).toMatchObject({ owed: owed[index], held: 0n })
    }
  })
})

async function deadlocks(): Promise<bigint> {
  const [row] = await ledger.sql<{ deadlocks: bigint }[]>`
    select deadlocks from pg_stat_database where datname = current_database()`
  return row?.deadlocks ?? 0n
}

/** Numbers that look random and are the same in every run. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0
    return state >>> 8
  }
}
