/** The rules of "Invoices", one by one, as far as they are the core's. */
import { describe, expect, test } from 'vitest'
import type { CommandOf } from './commands.ts'
import { invoiceIdOf, isOverdue, parseInvoiceId } from './invoice.ts'
import { DAY_MS, Scenario } from './testing/scenario.ts'

const POSTPONES = {
  postponementEnabled: true,
  invoicePostponementLimit: 2,
  maxPostponementDays: 10,
}

/** A sale of 60 in two invoices, and the id of the first. */
function sale(config = {}) {
  const scenario = new Scenario(100n, config)
  const transactionId = scenario.sold(60n, 2)
  const invoiceId = invoiceIdOf(transactionId, 1)
  const first = () => scenario.invoices(transactionId)[0]
  return { scenario, transactionId, invoiceId, first }
}

function put(
  invoiceId: string,
  changes: Partial<CommandOf<'changeInvoice'>>,
): CommandOf<'changeInvoice'> {
  return { mayPay: true, ...changes, type: 'changeInvoice', invoiceId }
}

describe('ids', () => {
  const transactionId = '0123456789ABCDEF0123456789ABCDEF'

  test.each([
    [1, '01'],
    [9, '09'],
    [10, '10'],
    [99, '99'],
    [100, '100'],
    [999, '999'],
  ])('instalment %i ends in -%s', (installment, end) => {
    const invoiceId = invoiceIdOf(transactionId, installment)
    expect(invoiceId).toBe(`${transactionId}-${end}`)
    expect(parseInvoiceId(invoiceId)).toEqual({ transactionId, installment })
    expect(parseInvoiceId(invoiceId.toLowerCase())).toEqual({ transactionId, installment })
  })

  test.each([
    '',
    transactionId,
    `${transactionId}-1`,
    `${transactionId}-001`,
    `${transactionId}-1000`,
  ])('%j is none', (invoiceId) => {
    expect(parseInvoiceId(invoiceId)).toBeUndefined()
  })

  test('an invoice that does not exist says so', () => {
    const { scenario, transactionId } = sale()
    for (const invoiceId of [
      invoiceIdOf(transactionId, 3),
      invoiceIdOf('F'.repeat(32), 1),
      `${transactionId}-00`,
      'nonsense',
    ]) {
      const refusal = { reason: 'invoice-not-found', facts: { invoiceId } }
      expect(scenario.refusal({ type: 'payInvoice', invoiceId })).toEqual(refusal)
      expect(scenario.refusal({ type: 'cancelInvoice', invoiceId })).toEqual(refusal)
      expect(scenario.refusal({ type: 'postponeInvoice', invoiceId, days: 1 })).toEqual(refusal)
      expect(scenario.refusal(put(invoiceId, { status: 'Paid' }))).toEqual(refusal)
    }
  })

  test('a friendly id that is not this invoice’s finds none', () => {
    const { scenario, invoiceId } = sale()
    const paid = { status: 'Paid' } as const
    expect(scenario.refusal(put(invoiceId, { ...paid, friendlyId: 'ABCD1234-2' }))).toEqual({
      reason: 'invoice-not-found',
      facts: { invoiceId },
    })
    expect(scenario.events(put(invoiceId, { ...paid, friendlyId: 'ABCD1234-1' }))).toHaveLength(1)
  })
})

describe('transitions', () => {
  test('Opened → Paid returns the value to the available credit', () => {
    const { scenario, invoiceId, first } = sale()
    const events = scenario.events({ type: 'payInvoice', invoiceId })
    expect(events).toMatchObject([{ type: 'InvoicePaid', installment: 1, value: 30n }])
    expect(first()).toMatchObject({ status: 'Paid', value: 30n, resolvedAt: scenario.now })
    expect(scenario.account.owed).toBe(30n)
  })

  test('Opened → Cancelled keeps its value, and counts as given back', () => {
    const { scenario, transactionId, invoiceId, first } = sale()
    scenario.events({ type: 'cancelInvoice', invoiceId })
    expect(first()).toMatchObject({ status: 'Cancelled', value: 30n, resolvedAt: scenario.now })
    expect(scenario.account.owed).toBe(30n)
    expect(scenario.transaction(transactionId).refunded).toBe(30n)
  })

  test('Paid → Opened takes the payment back, and needs Pay Invoice', () => {
    const { scenario, invoiceId, first } = sale()
    scenario.events({ type: 'payInvoice', invoiceId })
    expect(scenario.refusal(put(invoiceId, { status: 'Opened', mayPay: false }))).toEqual({
      reason: 'missing-resource',
      facts: { resource: 'Pay Invoice' },
    })
    expect(scenario.events(put(invoiceId, { status: 'Opened' }))).toMatchObject([
      { type: 'PaymentTakenBack', value: 30n },
    ])
    expect(first()).toMatchObject({ status: 'Opened', resolvedAt: null })
    expect(scenario.account.owed).toBe(60n)
  })

  test('a payment may be taken back where the credit is used up since', () => {
    const { scenario, transactionId } = sale()
    scenario.pay(transactionId)
    scenario.held(70n)
    scenario.takeBack(transactionId)
    expect(scenario.account).toMatchObject({ owed: 60n, held: 70n })
  })

  test.each([
    ['Paid', 'Cancelled'],
    ['Cancelled', 'Opened'],
    ['Cancelled', 'Paid'],
  ] as const)('%s → %s is refused', (from, to) => {
    const { scenario, invoiceId } = sale()
    scenario.events(put(invoiceId, { status: from }))
    expect(scenario.refusal(put(invoiceId, { status: to }))).toEqual({
      reason: 'invoice-transition',
      facts: { invoiceId, from, to },
    })
  })

  test('cancelling a paid invoice and paying a cancelled one are refused', () => {
    const { scenario, transactionId, invoiceId } = sale()
    const second = invoiceIdOf(transactionId, 2)
    scenario.events({ type: 'payInvoice', invoiceId })
    scenario.events({ type: 'cancelInvoice', invoiceId: second })
    expect(scenario.refusal({ type: 'cancelInvoice', invoiceId }).reason).toBe('invoice-transition')
    expect(scenario.refusal({ type: 'payInvoice', invoiceId: second }).reason).toBe(
      'invoice-transition',
    )
  })

  test.each(['Opened', 'Paid', 'Cancelled'] as const)('%s again has no effect', (status) => {
    const { scenario, invoiceId } = sale()
    scenario.events(put(invoiceId, { status }))
    const before = scenario.state
    expect(scenario.events(put(invoiceId, { status, mayPay: false }))).toEqual([])
    expect(scenario.state).toBe(before)
  })

  test('paying twice has one effect', () => {
    const { scenario, transactionId } = sale()
    scenario.pay(transactionId)
    expect(scenario.pay(transactionId)).toEqual([])
    expect(scenario.account.owed).toBe(30n)
  })

  test('an invoice that a refund made smaller is paid at what is left', () => {
    const { scenario, transactionId } = sale()
    scenario.refund(transactionId, 40n)
    expect(scenario.pay(transactionId)).toMatchObject([{ value: 20n }])
    expect(scenario.account.owed).toBe(0n)
  })
})

describe('notes', () => {
  test('what is absent stays, null clears', () => {
    const { scenario, invoiceId, first } = sale()
    scenario.events(put(invoiceId, { observation: 'boleto', paymentLink: 'https://x.example' }))
    expect(first()).toMatchObject({ observation: 'boleto', paymentLink: 'https://x.example' })
    scenario.events(put(invoiceId, { observation: 'new' }))
    expect(first()).toMatchObject({ observation: 'new', paymentLink: 'https://x.example' })
    scenario.events(put(invoiceId, { paymentLink: null }))
    expect(first()).toMatchObject({ observation: 'new', paymentLink: null })
    scenario.events(put(invoiceId, { observation: null }))
    expect(first()).toMatchObject({ observation: null, paymentLink: null })
  })

  test('nothing new: no entry', () => {
    const { scenario, invoiceId } = sale()
    scenario.events(put(invoiceId, { observation: 'boleto' }))
    expect(scenario.events(put(invoiceId, { observation: 'boleto' }))).toEqual([])
    expect(scenario.events(put(invoiceId, {}))).toEqual([])
  })

  test('may come with a status, and not without it where that is refused', () => {
    const { scenario, invoiceId, first } = sale()
    const events = scenario.events(put(invoiceId, { status: 'Paid', observation: 'pix' }))
    expect(events.map(({ type }) => type)).toEqual(['InvoicePaid', 'InvoiceAnnotated'])
    const refused = put(invoiceId, { status: 'Cancelled', observation: 'no' })
    expect(scenario.refusal(refused).reason).toBe('invoice-transition')
    expect(first()?.observation).toBe('pix')
  })

  test('of a paid or a cancelled invoice may change', () => {
    const { scenario, invoiceId, first } = sale()
    scenario.events(put(invoiceId, { status: 'Cancelled' }))
    scenario.events(put(invoiceId, { observation: 'wrong order' }))
    expect(first()).toMatchObject({ status: 'Cancelled', observation: 'wrong order' })
  })
})

describe('overdue', () => {
  const zone = 'America/Sao_Paulo'
  const dueAt = Date.parse('2026-11-22T15:00:00Z')

  test.each([
    ['2026-11-22T14:00:00Z', false],
    ['2026-11-22T16:00:00Z', false],
    ['2026-11-23T02:59:59.999Z', false],
    ['2026-11-23T03:00:00Z', true],
    ['2027-01-01T00:00:00Z', true],
  ])('due on the 22nd of November, at %s: %s', (now, overdue) => {
    expect(isOverdue({ status: 'Opened', dueAt }, Date.parse(now), zone)).toBe(overdue)
  })

  test('is only what is open', () => {
    const late = dueAt + 90 * DAY_MS
    expect(isOverdue({ status: 'Paid', dueAt }, late, zone)).toBe(false)
    expect(isOverdue({ status: 'Cancelled', dueAt }, late, zone)).toBe(false)
  })

  test('is stored nowhere: time alone changes nothing', () => {
    const { scenario, first } = sale()
    const before = scenario.state
    scenario.wait(300 * DAY_MS)
    scenario.events({ type: 'expire' })
    expect(scenario.state).toBe(before)
    expect(first()?.status).toBe('Opened')
  })
})

describe('postponing', () => {
  const postpone = (invoiceId: string, days: number) =>
    ({ type: 'postponeInvoice', invoiceId, days }) as const

  test('moves the due date, and remembers the first one', () => {
    const { scenario, invoiceId, first } = sale(POSTPONES)
    scenario.events(postpone(invoiceId, 3))
    scenario.events(postpone(invoiceId, 7))
    expect(first()).toMatchObject({
      dueAt: scenario.now + 40 * DAY_MS,
      originalDueAt: scenario.now + 30 * DAY_MS,
      postponements: 2,
      postponedDays: 10,
    })
    expect(scenario.account.owed).toBe(60n)
  })

  test('needs a store that has it enabled', () => {
    const { scenario, invoiceId } = sale({ ...POSTPONES, postponementEnabled: false })
    expect(scenario.refusal(postpone(invoiceId, 1))).toEqual({
      reason: 'postponement-disabled',
      facts: {},
    })
  })

  test('has a limit of times', () => {
    const { scenario, invoiceId } = sale(POSTPONES)
    scenario.events(postpone(invoiceId, 1))
    scenario.events(postpone(invoiceId, 1))
    expect(scenario.refusal(postpone(invoiceId, 1))).toEqual({
      reason: 'postponement-limit',
      facts: { most: 2 },
    })
  })

  test('has a limit of days in all', () => {
    const { scenario, invoiceId } = sale(POSTPONES)
    expect(scenario.refusal(postpone(invoiceId, 11)).facts).toEqual({ days: 11, left: 10 })
    scenario.events(postpone(invoiceId, 6))
    expect(scenario.refusal(postpone(invoiceId, 5))).toEqual({
      reason: 'postponement-days',
      facts: { days: 5, left: 4 },
    })
    scenario.book.configure({ maxPostponementDays: 3 })
    expect(scenario.refusal(postpone(invoiceId, 1)).facts).toEqual({ days: 1, left: 0 })
  })

  test.each(['Paid', 'Cancelled'] as const)('does not move what is %s', (status) => {
    const { scenario, invoiceId } = sale(POSTPONES)
    scenario.events(put(invoiceId, { status }))
    expect(scenario.refusal(postpone(invoiceId, 1))).toEqual({
      reason: 'postponement-not-open',
      facts: { invoiceId, status },
    })
  })

  test('what was due yesterday and is postponed is not overdue', () => {
    const { scenario, invoiceId, first } = sale(POSTPONES)
    const overdue = () => {
      const invoice = first()
      return invoice && isOverdue(invoice, scenario.now, scenario.book.timeZone)
    }
    scenario.wait(31 * DAY_MS)
    expect(overdue()).toBe(true)
    scenario.events(postpone(invoiceId, 2))
    expect(overdue()).toBe(false)
  })
})
