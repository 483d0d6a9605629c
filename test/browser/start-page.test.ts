/** The start page: its figures are those of the lists behind them. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAccount, order } from '../api/support/make.ts'
import { DAY_MS, startServer, type TestServer } from '../support/server.ts'
import { hasChromium, launch } from './support/chromium.ts'
import { check, visit } from './support/visit.ts'

const money = new Intl.NumberFormat('pt-BR', { style: 'currency', currency: 'BRL' })

/** As it is shown, without the spaces that never break. */
const shown = (text: string) => text.replaceAll('\u00a0', ' ')
const brl = (value: number) => shown(money.format(value))

describe.skipIf(!hasChromium)('the start page', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), launch()])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const api = async (path: string) => (await server.call('GET', `//api/admin/${path}`)).json

  test('of a new store says what to do next', async () => {
    const seen = await visit(browser, server, '/')
    const { page, faults } = seen
    await page.getByText('sua loja ainda não tem contas').waitFor()
    await check(seen, 'start-first')
    await page.getByRole('link', { name: 'Abra a conta de um comprador' }).click()
    await page.getByRole('heading', { name: 'Contas', level: 1 }).waitFor()
    expect(faults).toEqual([])
  })

  test('each figure equals the list that it leads to', async () => {
    await live(server)
    const seen = await visit(browser, server, '/')
    const { page, faults } = seen
    await page.getByRole('img', { name: 'Partes do total em aberto' }).waitFor()
    await page.getByText('contas.csv').waitFor()

    const { totals, paging } = await api('accounts?status=open')
    expect(await figure(page, 'Limite concedido')).toBe(brl(totals.creditLimit))
    expect(await figure(page, 'Utilizado')).toBe(brl(totals.owed))
    expect(await figure(page, 'Reservado')).toBe(brl(totals.held))
    expect(await figure(page, 'Disponível')).toBe(brl(totals.availableCredit))
    await page.getByText(`${paging.total} contas abertas`).waitFor()
    const over = await api('accounts?status=open&overLimit=true')
    expect(over.paging.total).toBe(1)
    expect(await figure(page, 'Acima do limite')).toBe('1')

    const { states } = await api('invoices')
    const [opened, overdue] = states
    expect(await figure(page, 'Em aberto')).toBe(brl(opened.value + overdue.value))
    expect(await figure(page, 'Vencido')).toBe(brl(overdue.value))
    await expectLinksToEqual(page, api)
    await check(seen, 'start')
    expect(faults).toEqual([])
  })

  test('the table of ages adds up to the open total, and the largest come first', async () => {
    const { page, faults } = await visit(browser, server, '/')
    const table = page.getByRole('table', { name: 'Atraso do que está em aberto' })
    await table.waitFor()
    const values = await table.locator('tbody a').allInnerTexts()
    const cents = values.map((text) => Number(text.replaceAll(/\D/g, '')))
    const total = await table.locator('tfoot td').last().innerText()
    expect(cents.reduce((sum, value) => sum + value, 0)).toBe(Number(total.replaceAll(/\D/g, '')))
    expect(cents.filter((value) => value > 0)).toHaveLength(5)

    const listed = await api('accounts?sort=exposure&to=10')
    const exposed = listed.data
      .filter(({ availableCredit, creditLimit }: Account) => availableCredit !== creditLimit)
      .map(({ email }: Account) => email)
    const largest = page.getByRole('table', { name: 'Maiores exposições' })
    expect(await largest.getByRole('rowheader').allInnerTexts()).toEqual(exposed)
    expect(faults).toEqual([])
  })

  test('shows itself with few calls, and to a reader without what is not theirs', async () => {
    const { page, faults } = await visit(browser, server, '/', {
      as: 'reader@example.com',
      role: 'reader',
    })
    await page.getByRole('table', { name: 'Maiores exposições' }).waitFor()
    expect(await page.getByRole('heading', { name: 'Últimas importações' }).count()).toBe(0)
    const calls: string[] = []
    page.on('request', (request) => {
      if (request.url().includes('/api/')) calls.push(request.url())
    })
    await page.reload()
    await page.getByRole('table', { name: 'Maiores exposições' }).waitFor()
    expect(calls.length).toBeLessThanOrEqual(6)
    expect(faults).toEqual([])
  })
})

interface Account {
  readonly email: string
  readonly availableCredit: number
  readonly creditLimit: number
}

/** Orders over half a year, of which something is in every age; one account over its limit. */
async function live(server: TestServer): Promise<void> {
  const { call, clock } = server
  const accounts = []
  for (const creditLimit of [5000, 3000.5, 800]) {
    accounts.push(await openAccount(call, { creditLimit }))
  }
  const [large, middle, small] = accounts
  if (!large || !middle || !small) throw new Error('Three accounts were opened')
  const steps = [
    () => order(call, large, 300.1, 1),
    () => order(call, middle, 450.55, 1),
    () => order(call, small, 120.2, 1),
    () => order(call, large, 600, 1),
    () => order(call, middle, 999.99, 6),
  ]
  const waits_d = [20, 30, 35, 25, 20]
  for (const [at, step] of steps.entries()) {
    await step()
    clock.advance((waits_d[at] ?? 0) * DAY_MS)
  }
  await call('POST', `${large.path}/transactions`, { value: 77.7, installments: 1 })
  await call('PUT', `${small.path}/creditlimit`, { value: 100 })
  await sendFile(server)
}

const FILE =
  'Email;Documento;Tipo de documento;Limite de crédito\nx@example.com;12345678909;CPF;5\n'

/** Nobody works on it here: it stays in the queue. */
async function sendFile({ url, key }: TestServer): Promise<void> {
  const form = new FormData()
  form.set('kind', 'accounts')
  form.set('file', new Blob([FILE]), 'contas.csv')
  const headers = { 'X-VTEX-API-AppKey': key.appKey, 'X-VTEX-API-AppToken': key.token }
  const answer = await fetch(`${url}/api/creditcontrol/imports`, {
    method: 'POST',
    headers,
    body: form,
  })
  expect(answer.status).toBe(202)
}

/** A figure by its name. */
async function figure(page: Page, name: string): Promise<string> {
  const term = page.locator('dl > div').filter({ has: page.locator(`dt:text-is("${name}")`) })
  return shown(await term.locator('dd').first().innerText())
}

/** Asks the API for what stands in the address of each list that a value leads to. */
async function expectLinksToEqual(page: Page, api: (path: string) => Promise<Json>): Promise<void> {
  const links = page.locator('a[href*="/admin/invoices?"]')
  const count = await links.count()
  expect(count).toBe(7)
  for (let at = 0; at < count; at += 1) {
    const link = links.nth(at)
    const { search } = new URL((await link.getAttribute('href')) ?? '', page.url())
    const { total } = await api(`invoices${search}`)
    expect(shown(await link.innerText()), search).toBe(brl(total.value))
  }
}

// biome-ignore lint/suspicious/noExplicitAny: answers of any shape
type Json = any
