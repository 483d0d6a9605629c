import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import type { Account } from '../credit/account.ts'
import { NEW_STORE_CONFIG } from '../credit/store.ts'
import type { Sql } from '../postgres/connect.ts'
import type { Submission } from './job.ts'
import type { Loaded } from './load.ts'
import { Memory, PROVEN_MS, REMEMBERED_ACCOUNTS } from './memory.ts'
import { accountKey, Ledgered, WorkingSet } from './working-set.ts'

const PAUSE_MS = 10_000
const NOW = Date.UTC(2026, 10, 24)
const rules = { timeZone: 'America/Sao_Paulo', config: NEW_STORE_CONFIG, version: 1 }
const stores = new Map([[1, rules]])
const connection = (() => undefined) as unknown as Sql
const another = (() => undefined) as unknown as Sql

function accountOf(id: string): Account {
  const buyer = { document: id, documentType: 'Other', email: `${id}@exemplo.com.br` }
  const totals = { limit: 100n, tolerance: 0n, owed: 0n, held: 0n, nextExpiry: null, seq: 1 }
  const times = { createdAt: NOW, updatedAt: NOW }
  return { id, ...buyer, status: 'Open', frozenReason: null, ...totals, ...times }
}

function loaded(...ids: string[]): Loaded {
  const ledgered = ids.map((accountId) => {
    const ref = { storeId: 1, accountId }
    return [accountKey(ref), new Ledgered(ref, accountOf(accountId))] as const
  })
  return { set: new WorkingSet(stores, new Map(ledgered)), stores }
}

function authorization(
  accountId: string,
  more: Partial<Extract<Submission['command'], { type: 'authorize' }>> = {},
): Submission {
  const hold = { transactionId: 'A'.repeat(32), friendlyCode: 'ABCD1234', value: 1n, settle: true }
  const rest = { installments: 1, expiresAt: null, orderId: null, conditionId: null, buyer: null }
  const command = { type: 'authorize' as const, ...hold, ...rest, holder: null, ...more }
  return { storeId: 1, accountId, doneBy: 'test', command }
}

function remembering(...ids: string[]): Memory {
  const memory = new Memory(PAUSE_MS)
  memory.keep(connection, loaded(...ids))
  return memory
}

beforeEach(() => {
  vi.useFakeTimers({ toFake: ['performance'] })
})
afterEach(() => {
  vi.useRealTimers()
})

test('gives back the accounts and stores of a batch', () => {
  const batch = [authorization('a'), authorization('a'), authorization('b')]
  const found = remembering('a', 'b', 'c').recall(connection, batch, NOW)
  expect([...(found?.set.accounts.keys() ?? [])]).toEqual(['1/a', '1/b'])
  expect(found?.set.accounts.get('1/a')?.account).toEqual(accountOf('a'))
  expect(found?.stores).toEqual(stores)
})

test('is no help where one account is unknown, or on another connection', () => {
  const memory = remembering('a')
  expect(memory.recall(connection, [authorization('a'), authorization('b')], NOW)).toBeUndefined()
  expect(memory.recall(another, [authorization('a')], NOW)).toBeUndefined()
})

test('is no help for what needs more than its account', () => {
  const memory = remembering('a')
  const others: Submission[] = [
    authorization('a', { holder: 'other@exemplo.com.br' }),
    { ...authorization('a'), command: { type: 'expire' } },
  ]
  for (const other of others) {
    expect(memory.recall(connection, [authorization('a'), other], NOW)).toBeUndefined()
  }
})

test('is no help where a hold expires by now', () => {
  const memory = new Memory(0)
  const expiring = loaded('a')
  const ledgered = expiring.set.accounts.get('1/a') as Ledgered
  ledgered.account = { ...accountOf('a'), nextExpiry: NOW }
  memory.keep(connection, expiring)
  expect(memory.recall(connection, [authorization('a')], NOW - 1)).toBeDefined()
  expect(memory.recall(connection, [authorization('a')], NOW)).toBeUndefined()
})

test('forgets what was written longest ago where there is too much', () => {
  const memory = remembering('first', 'second')
  memory.keep(connection, loaded('first'))
  const others = Array.from({ length: REMEMBERED_ACCOUNTS - 1 }, (_, n) => `other${n}`)
  memory.keep(connection, loaded(...others))
  expect(memory.recall(connection, [authorization('first')], NOW)).toBeDefined()
  expect(memory.recall(connection, [authorization('second')], NOW)).toBeUndefined()
})

test('is no help once the connection may have broken unseen', () => {
  const memory = remembering('a')
  vi.advanceTimersByTime(PROVEN_MS)
  expect(memory.recall(connection, [authorization('a')], NOW)).toBeDefined()
  vi.advanceTimersByTime(1)
  expect(memory.recall(connection, [authorization('a')], NOW)).toBeUndefined()
})

test('after a conflict it knows nothing, and is not asked for a while', () => {
  const memory = remembering('a')
  memory.pause()
  memory.keep(connection, loaded('a'))
  expect(memory.recall(connection, [authorization('a')], NOW)).toBeUndefined()
  vi.advanceTimersByTime(PAUSE_MS)
  memory.keep(connection, loaded('a'))
  expect(memory.recall(connection, [authorization('a')], NOW)).toBeDefined()
})
