/** The rules of "The account", one by one. */
import { describe, expect, test } from 'vitest'
import { availableCredit, MAX_HOLDERS, spendable } from './account.ts'
import type { Buyer } from './commands.ts'
import { MAX_OWED } from './money.ts'
import { ANA, ANA_BUYER, BRUNO_BUYER, Scenario } from './testing/scenario.ts'

const CREDIT = { limit: 100n, tolerance: 0n }

function open(buyer: Buyer) {
  return { type: 'openAccount', ...buyer, ...CREDIT } as const
}

describe('available and spendable credit', () => {
  test('available credit is the limit less what is owed and held', () => {
    const scenario = new Scenario(100n)
    scenario.sold(30n)
    scenario.held(20n)
    expect(scenario.account).toMatchObject({ limit: 100n, owed: 30n, held: 20n })
    expect(availableCredit(scenario.account)).toBe(50n)
  })

  test('spendable adds the tolerance, rounded down, where the store grants it', () => {
    const scenario = new Scenario(99n, { toleranceEnabled: true }, 100_000n)
    expect(spendable(scenario.account, scenario.book.config)).toBe(108n)
    scenario.book.configure({ toleranceEnabled: false })
    expect(spendable(scenario.account, scenario.book.config)).toBe(99n)
  })

  test('the last unit may be authorized, and not one more', () => {
    const scenario = new Scenario(100n)
    scenario.held(60n)
    expect(scenario.refusal(scenario.hold(41n))).toEqual({
      reason: 'insufficient-credit',
      facts: { value: 41n, spendable: 40n, shortfall: 1n },
    })
    scenario.held(40n)
    expect(scenario.refusal(scenario.hold(1n)).facts).toMatchObject({ shortfall: 1n })
  })

  test('the last unit of the tolerance too', () => {
    const scenario = new Scenario(100n, { toleranceEnabled: true }, 55_555n)
    expect(scenario.refusal(scenario.hold(106n)).facts).toMatchObject({ spendable: 105n })
    scenario.held(105n)
    expect(scenario.refusal(scenario.hold(1n)).facts).toMatchObject({ spendable: 0n })
  })

  test('tolerance is worth nothing where the store has it switched off', () => {
    const scenario = new Scenario(100n, { toleranceEnabled: false }, 1_000_000n)
    expect(scenario.refusal(scenario.hold(101n)).reason).toBe('insufficient-credit')
  })

  test('credit in the buyer’s favour can be spent', () => {
    const scenario = new Scenario(100n)
    const transactionId = scenario.sold(50n)
    scenario.pay(transactionId)
    scenario.refund(transactionId, 50n)
    expect(scenario.account.owed).toBe(-50n)
    scenario.held(150n)
    expect(scenario.refusal(scenario.hold(1n)).reason).toBe('insufficient-credit')
  })
})

describe('opening', () => {
  test('an account is opened with what was sent', () => {
    const scenario = new Scenario()
    scenario.events({ type: 'openAccount', ...ANA_BUYER, limit: 100n, tolerance: 50_000n })
    expect(scenario.account).toMatchObject({
      ...ANA_BUYER,
      id: ANA,
      status: 'Open',
      limit: 100n,
      tolerance: 50_000n,
      owed: 0n,
      held: 0n,
      seq: 1,
    })
  })

  test.each<[string, Buyer, string]>([
    ['document', { ...BRUNO_BUYER, document: ANA_BUYER.document, documentType: 'CPF' }, 'document'],
    ['e-mail', { ...BRUNO_BUYER, email: ANA_BUYER.email }, 'email'],
    ['e-mail in another case', { ...BRUNO_BUYER, email: 'ANA@Exemplo.com.br' }, 'email'],
  ])('the same %s has one open account', (_name, buyer, conflict) => {
    const scenario = new Scenario(100n)
    expect(scenario.refusal(open(buyer), 'other')).toEqual({
      reason: 'account-already-open',
      facts: { accountId: ANA, conflict },
    })
  })

  test('the same document in another case has one open account', () => {
    const scenario = new Scenario(100n)
    scenario.events(open(BRUNO_BUYER), 'bruno')
    const buyer = { document: '12abc34501de35', documentType: 'cnpj', email: 'x@x' }
    expect(scenario.refusal(open(buyer), 'other').facts).toMatchObject({ conflict: 'document' })
  })

  test('the same document of another type is another one', () => {
    const scenario = new Scenario(100n)
    const buyer = { ...BRUNO_BUYER, document: ANA_BUYER.document, documentType: 'Other' }
    expect(scenario.events(open(buyer), 'other')).toHaveLength(1)
  })

  test('an id that was ever used opens no account', () => {
    const scenario = new Scenario(100n)
    const refusal = {
      reason: 'account-already-open',
      facts: { accountId: ANA, conflict: 'id' },
    }
    expect(scenario.refusal(open(BRUNO_BUYER))).toEqual(refusal)
    scenario.events({ type: 'closeAccount' })
    expect(scenario.refusal(open(BRUNO_BUYER))).toEqual(refusal)
  })

  test('an e-mail that is a holder’s place elsewhere opens no account', () => {
    const scenario = new Scenario(100n)
    scenario.events({ type: 'addHolder', holderId: 'h', email: 'Bruno@exemplo.com.br' })
    expect(scenario.refusal(open(BRUNO_BUYER), 'bruno')).toMatchObject({
      reason: 'account-already-open',
      facts: { conflict: 'email' },
    })
  })

  test('check digits are verified only where the store is strict', () => {
    const wrong = open({ ...ANA_BUYER, document: '52998224724' })
    const strict = new Scenario(undefined, { documentValidation: 'strict' })
    expect(strict.refusal(wrong)).toMatchObject({
      reason: 'invalid-input',
      facts: { pointer: '/document' },
    })
    expect(strict.events(open(BRUNO_BUYER))).toHaveLength(1)
    expect(new Scenario().events(wrong)).toHaveLength(1)
  })
})

describe('open-or-change', () => {
  test('opens an account where there is none, with the default credit of the store', () => {
    const scenario = new Scenario(undefined, { defaultCreditValue: 77n })
    scenario.events({ type: 'changeAccount', ...ANA_BUYER })
    expect(scenario.account).toMatchObject({ ...ANA_BUYER, limit: 77n, tolerance: 0n })
  })

  test('opens with the limit that was sent, zero too', () => {
    const scenario = new Scenario(undefined, { defaultCreditValue: 77n })
    scenario.events({ type: 'changeAccount', ...ANA_BUYER, limit: 0n, tolerance: 10n })
    expect(scenario.account).toMatchObject({ limit: 0n, tolerance: 10n })
  })

  test.each(['document', 'documentType', 'email'] as const)('does not open without %s', (field) => {
    const { [field]: _absent, ...buyer } = ANA_BUYER
    const refusal = new Scenario().refusal({ type: 'changeAccount', ...buyer })
    expect(refusal).toMatchObject({ reason: 'invalid-input', facts: { pointer: `/${field}` } })
  })

  test('changes what was sent and leaves the rest', () => {
    const scenario = new Scenario(100n, {}, 50_000n)
    const before = scenario.account
    scenario.events({ type: 'changeAccount', limit: 90n })
    expect(scenario.account).toEqual({ ...before, limit: 90n, seq: 2 })
    scenario.events({ type: 'changeAccount', email: 'nova@exemplo.com.br' })
    expect(scenario.account).toEqual({
      ...before,
      limit: 90n,
      email: 'nova@exemplo.com.br',
      seq: 3,
    })
  })

  test('nothing new: no entry', () => {
    const scenario = new Scenario(100n, {}, 50_000n)
    const same = { ...ANA_BUYER, limit: 100n, tolerance: 50_000n }
    expect(scenario.events({ type: 'changeAccount', ...same })).toEqual([])
    expect(scenario.events({ type: 'changeAccount' })).toEqual([])
  })

  test('its own e-mail may change its case, but not become a holder’s', () => {
    const scenario = new Scenario(100n)
    scenario.events({ type: 'addHolder', holderId: 'h', email: 'bruno@exemplo.com.br' })
    scenario.events({ type: 'changeAccount', email: 'ANA@exemplo.com.br' })
    expect(scenario.account.email).toBe('ANA@exemplo.com.br')
    expect(scenario.refusal({ type: 'changeAccount', email: 'BRUNO@exemplo.com.br' })).toEqual({
      reason: 'email-taken',
      facts: { accountId: ANA },
    })
  })

  test('takes no e-mail and no document of another open account', () => {
    const scenario = new Scenario(100n)
    scenario.events(open(BRUNO_BUYER), 'bruno')
    const { email, ...document } = BRUNO_BUYER
    expect(scenario.refusal({ type: 'changeAccount', email })).toMatchObject({
      facts: { accountId: 'bruno', conflict: 'email' },
    })
    expect(scenario.refusal({ type: 'changeAccount', ...document })).toMatchObject({
      facts: { accountId: 'bruno', conflict: 'document' },
    })
  })

  test('an e-mail that is given up is free', () => {
    const scenario = new Scenario(100n)
    scenario.events({ type: 'changeAccount', email: 'nova@exemplo.com.br' })
    const buyer = { ...BRUNO_BUYER, email: ANA_BUYER.email }
    expect(scenario.events(open(buyer), 'bruno')).toHaveLength(1)
  })
})

describe('limit and tolerance', () => {
  test('a limit below what is used is allowed; the available credit is negative then', () => {
    const scenario = new Scenario(100n)
    scenario.held(60n)
    scenario.events({ type: 'changeLimit', limit: 50n })
    expect(availableCredit(scenario.account)).toBe(-10n)
    expect(scenario.refusal(scenario.hold(1n)).facts).toMatchObject({
      spendable: -10n,
      shortfall: 11n,
    })
  })

  test('a reason goes into what changed, and into nothing else', () => {
    const scenario = new Scenario(100n)
    const reason = 'Good payer'
    expect(scenario.events({ type: 'changeLimit', limit: 50n, reason })).toEqual([
      { type: 'LimitChanged', from: 100n, to: 50n, reason },
    ])
    expect(scenario.events({ type: 'changeTolerance', tolerance: 0n, reason })).toEqual([])
    expect(
      scenario.events({ type: 'changeAccount', limit: 60n, email: 'new@example.com', reason }),
    ).toMatchObject([{ type: 'AccountIdentified' }, { type: 'LimitChanged', reason }])
  })

  test('who saw another limit or tolerance changes nothing', () => {
    const scenario = new Scenario(100n)
    const limit = { type: 'changeLimit', limit: 50n, expected: { limit: 99n } } as const
    expect(scenario.refusal(limit)).toMatchObject({
      reason: 'changed-meanwhile',
      facts: { fields: 'limit' },
    })
    expect(scenario.events({ ...limit, expected: { limit: 100n } })).toHaveLength(1)
    const tolerance = {
      type: 'changeTolerance',
      tolerance: 5n,
      expected: { tolerance: 1n },
    } as const
    expect(scenario.refusal(tolerance).reason).toBe('changed-meanwhile')
  })

  test('the same limit or tolerance again makes no entry', () => {
    const scenario = new Scenario(100n, {}, 10n)
    expect(scenario.events({ type: 'changeLimit', limit: 100n })).toEqual([])
    expect(scenario.events({ type: 'changeTolerance', tolerance: 10n })).toEqual([])
  })
})

describe('closing', () => {
  test('needs nothing owed and nothing held, else says how much', () => {
    const scenario = new Scenario(100n)
    const transactionId = scenario.sold(30n)
    const hold = scenario.held(20n)
    const refusal = (owed: bigint, held: bigint) => ({
      reason: 'account-in-use',
      facts: { owed, held },
    })
    expect(scenario.refusal({ type: 'closeAccount' })).toEqual(refusal(30n, 20n))
    scenario.events({ type: 'cancelTransaction', transactionId: hold })
    expect(scenario.refusal({ type: 'closeAccount' })).toEqual(refusal(30n, 0n))
    scenario.pay(transactionId)
    scenario.events({ type: 'closeAccount' })
    expect(scenario.account.status).toBe('Closed')
  })

  test('a debt in the buyer’s favour keeps it open too', () => {
    const scenario = new Scenario(100n)
    const transactionId = scenario.sold(30n)
    scenario.pay(transactionId)
    scenario.refund(transactionId, 10n)
    expect(scenario.refusal({ type: 'closeAccount' }).facts).toEqual({ owed: -10n, held: 0n })
  })

  test('a hold that has expired is no hindrance, though nobody recorded it', () => {
    const scenario = new Scenario(100n)
    scenario.held(20n, { expiresAt: scenario.now + 1000 })
    scenario.wait(1000)
    scenario.events({ type: 'closeAccount' })
    expect(scenario.account).toMatchObject({ status: 'Closed', held: 0n })
  })

  test('a closed account is read-only for ever', () => {
    const scenario = new Scenario(100n)
    const transactionId = scenario.sold(30n)
    scenario.pay(transactionId)
    const invoiceId = `${transactionId}-01`
    scenario.events({ type: 'closeAccount' })
    const before = scenario.state
    for (const command of [
      { type: 'closeAccount' },
      { type: 'changeAccount', limit: 1n },
      { type: 'changeLimit', limit: 100n },
      { type: 'changeTolerance', tolerance: 1n },
      { type: 'freezeAccount', frozen: true, reason: 'x' },
      { type: 'debit', statementId: 'S1', value: -1n },
      { type: 'addHolder', holderId: 'h', email: 'x@x' },
      { type: 'removeHolder', holderId: 'h' },
      scenario.hold(1n),
      { type: 'changeTransaction', transactionId, value: 1n },
      { type: 'settle', transactionId, total: 31n, final: true },
      { type: 'refund', transactionId, value: 1n },
      { type: 'changeInvoice', invoiceId, status: 'Opened', mayPay: true },
      { type: 'changeInvoice', invoiceId, observation: 'x', mayPay: true },
      { type: 'postponeInvoice', invoiceId, days: 1 },
    ] as const) {
      expect(scenario.refusal(command)).toEqual({
        reason: 'account-closed',
        facts: { accountId: ANA },
      })
    }
    expect(scenario.state).toBe(before)
  })

  test('frees its e-mails and its document for a new account', () => {
    const scenario = new Scenario(100n)
    scenario.events({ type: 'addHolder', holderId: 'h', email: 'bruno@exemplo.com.br' })
    scenario.events({ type: 'closeAccount' })
    expect(scenario.events(open(ANA_BUYER), 'ana-2')).toHaveLength(1)
    expect(scenario.events(open(BRUNO_BUYER), 'bruno')).toHaveLength(1)
  })
})

describe('freezing', () => {
  test('refuses authorizations and growth, and says why', () => {
    const scenario = new Scenario(100n, { maxPreAuthorizationGrowthRate: 1_000_000n })
    const transactionId = scenario.held(10n)
    scenario.events({ type: 'freezeAccount', frozen: true, reason: 'late' })
    const frozen = { reason: 'account-frozen', facts: { accountId: ANA, reason: 'late' } }
    expect(scenario.refusal(scenario.hold(1n))).toEqual(frozen)
    expect(scenario.refusal({ type: 'changeTransaction', transactionId, value: 11n })).toEqual(
      frozen,
    )
    const settlement = { type: 'settle', transactionId, total: 11n, final: true } as const
    expect(scenario.refusal(settlement)).toEqual(frozen)
  })

  test('lets what was granted before go its way', () => {
    const scenario = new Scenario(100n)
    const transactionId = scenario.held(10n)
    scenario.events({ type: 'freezeAccount', frozen: true, reason: 'late' })
    scenario.settle(transactionId, 10n)
    scenario.pay(transactionId)
    scenario.refund(transactionId, 5n)
    expect(scenario.account.owed).toBe(-5n)
  })

  test('ends, and repeating either changes nothing', () => {
    const scenario = new Scenario(100n)
    const freeze = (frozen: boolean, reason: string) =>
      scenario.events({ type: 'freezeAccount', frozen, reason }).map(({ type }) => type)
    expect(freeze(false, 'x')).toEqual([])
    expect(freeze(true, 'late')).toEqual(['AccountFrozen'])
    expect(freeze(true, 'late')).toEqual([])
    expect(freeze(true, 'fraud')).toEqual(['AccountFrozen'])
    expect(scenario.account.frozenReason).toBe('fraud')
    expect(freeze(false, 'cleared')).toEqual(['AccountUnfrozen'])
    expect(freeze(false, 'cleared')).toEqual([])
    expect(scenario.held(100n)).toBeTruthy()
  })
})

describe('holders', () => {
  const email = 'bruno@exemplo.com.br'

  test('a holder spends the same credit, whatever the case of the e-mail', () => {
    const scenario = new Scenario(100n)
    expect(scenario.refusal(scenario.hold(10n, { holder: email }))).toEqual({
      reason: 'not-a-holder',
      facts: { accountId: ANA },
    })
    scenario.events({ type: 'addHolder', holderId: 'h', email })
    const transactionId = scenario.held(10n, { holder: 'BRUNO@exemplo.com.br' })
    expect(scenario.transaction(transactionId).holder).toBe('BRUNO@exemplo.com.br')
    scenario.held(10n, { holder: ANA_BUYER.email })
    expect(scenario.account.held).toBe(20n)
  })

  test('a holder who was removed spends no more, and the e-mail is free', () => {
    const scenario = new Scenario(100n)
    scenario.events({ type: 'addHolder', holderId: 'h', email })
    scenario.events({ type: 'removeHolder', holderId: 'h' })
    expect(scenario.refusal(scenario.hold(10n, { holder: email })).reason).toBe('not-a-holder')
    expect(scenario.events(open(BRUNO_BUYER), 'bruno')).toHaveLength(1)
  })

  test('an e-mail has one place in a store', () => {
    const scenario = new Scenario(100n)
    scenario.events(open(BRUNO_BUYER), 'bruno')
    const add = (address: string) =>
      scenario.refusal({ type: 'addHolder', holderId: 'h', email: address })
    expect(add('Bruno@exemplo.com.br')).toEqual({
      reason: 'email-taken',
      facts: { accountId: 'bruno' },
    })
    expect(add(ANA_BUYER.email)).toEqual({ reason: 'email-taken', facts: { accountId: ANA } })
    scenario.events({ type: 'addHolder', holderId: 'h', email: 'edu@exemplo.com.br' })
    expect(add('edu@exemplo.com.br')).toEqual({ reason: 'email-taken', facts: { accountId: ANA } })
  })

  test('who is no holder cannot be removed', () => {
    expect(new Scenario(100n).refusal({ type: 'removeHolder', holderId: 'h' })).toEqual({
      reason: 'holder-not-found',
      facts: { holderId: 'h' },
    })
  })

  test(`there are ${MAX_HOLDERS} at most`, () => {
    const scenario = new Scenario(100n)
    for (let number = 1; number <= MAX_HOLDERS; number += 1) {
      scenario.events({ type: 'addHolder', holderId: `h${number}`, email: `${number}@x` })
    }
    expect(scenario.refusal({ type: 'addHolder', holderId: 'more', email: 'more@x' })).toEqual({
      reason: 'too-many-holders',
      facts: { most: MAX_HOLDERS },
    })
  })
})

describe('manual debits', () => {
  const debit = (value: bigint, statementId = 'S1') =>
    ({ type: 'debit', statementId, value }) as const

  test('are owed, and may pass the limit', () => {
    const scenario = new Scenario(100n)
    scenario.events(debit(-130n))
    expect(scenario.account.owed).toBe(130n)
  })

  test('the same statement id and value again has one effect', () => {
    const scenario = new Scenario(100n)
    scenario.events(debit(-30n))
    expect(scenario.events(debit(-30n))).toEqual([])
    scenario.events(debit(-30n, 'S2'))
    expect(scenario.account.owed).toBe(60n)
  })

  test('the same statement id with another value is refused', () => {
    const scenario = new Scenario(100n)
    scenario.events(debit(-30n))
    expect(scenario.refusal(debit(-31n))).toEqual({
      reason: 'debit-conflict',
      facts: { statementId: 'S1', value: -30n },
    })
  })

  test('no debit takes a debt beyond what stays exact', () => {
    const scenario = new Scenario(100n)
    scenario.events(debit(-MAX_OWED))
    expect(scenario.refusal(debit(-1n, 'S2'))).toEqual({
      reason: 'owed-too-large',
      facts: { most: MAX_OWED },
    })
  })
})

test('a command on an account that does not exist says so', () => {
  const scenario = new Scenario()
  const refusal = { reason: 'account-not-found', facts: { accountId: ANA } }
  const transactionId = '0'.repeat(32)
  for (const command of [
    { type: 'closeAccount' },
    { type: 'changeLimit', limit: 1n },
    { type: 'changeTolerance', tolerance: 1n },
    { type: 'freezeAccount', frozen: true, reason: 'x' },
    { type: 'debit', statementId: 'S1', value: -1n },
    { type: 'addHolder', holderId: 'h', email: 'x@x' },
    { type: 'removeHolder', holderId: 'h' },
    scenario.hold(1n),
    { type: 'changeTransaction', transactionId },
    { type: 'cancelTransaction', transactionId },
    { type: 'settle', transactionId, total: 1n, final: true },
    { type: 'refund', transactionId, value: 1n },
    { type: 'changeInvoice', invoiceId: `${transactionId}-01`, mayPay: true },
    { type: 'payInvoice', invoiceId: `${transactionId}-01` },
    { type: 'cancelInvoice', invoiceId: `${transactionId}-01` },
    { type: 'postponeInvoice', invoiceId: `${transactionId}-01`, days: 1 },
  ] as const) {
    expect(scenario.refusal(command)).toEqual(refusal)
  }
  expect(scenario.events({ type: 'expire' })).toEqual([])
})
