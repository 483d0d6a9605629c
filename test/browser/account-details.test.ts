/** The details of an account, by the words on the screen, as its document tells the steps. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { hold, type Opened, openAccount, order } from '../api/support/make.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { hasChromium, launch } from './support/chromium.ts'
import { check, visit } from './support/visit.ts'

const MOST_CALLS = 6

describe.skipIf(!hasChromium)('the details of an account', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer({ files: true }), launch()])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  async function newAccount(): Promise<Opened> {
    return await openAccount(server.call)
  }

  test('Customer Credit → Contas → a conta → Novo → e-mail → Confirmar', async () => {
    const account = await newAccount()
    const seen = await visit(browser, server, '/')
    const { page, faults } = seen
    const navigation = page.getByRole('navigation', { name: 'Customer Credit' })
    await navigation.getByRole('link', { name: 'Contas' }).click()
    await page.getByRole('searchbox').fill(account.document.slice(0, 11))
    await page.getByRole('rowheader', { name: account.email }).click()
    await page.getByRole('heading', { level: 1, name: account.email }).waitFor()

    const box = page.getByRole('region', { name: 'Dependentes adicionais' })
    await box.getByText('Nenhum dependente adicional').waitFor()
    await box.getByRole('button', { name: 'Novo' }).click()
    const email = box.getByLabel('E-mail do dependente adicional')
    await email.fill('nada')
    await box.getByRole('button', { name: 'Confirmar' }).click()
    await box.getByText('Isto não é um endereço de e-mail.').waitFor()
    await email.fill('filha@loja.example')
    await box.getByRole('button', { name: 'Confirmar' }).click()
    await box.getByRole('rowheader', { name: 'filha@loja.example' }).waitFor()
    const { json } = await server.call('GET', `${account.path}/holders`)
    const emails = json.data.map((holder: { claims: { email: string } }) => holder.claims.email)
    expect(emails).toEqual([account.email, 'filha@loja.example'])

    await box.getByRole('button', { name: 'Remover filha@loja.example' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Remover' }).click()
    await box.getByText('Nenhum dependente adicional').waitFor()
    await box.locator('button:focus').getByText('Novo').waitFor()
    expect(faults).toEqual([])
  })

  test('a new limit is in force at once in an authorization through the API', async () => {
    const account = await newAccount()
    const purchase = () => server.call('POST', `${account.path}/transactions`, { value: 1500 })
    expect((await purchase()).status).toBe(409)

    const { page, faults } = await visit(browser, server, pathOf(account))
    const terms = page.getByRole('region', { name: 'Gestão' })
    await terms.getByRole('button', { name: 'Alterar' }).click()
    await terms.getByLabel('Limite de crédito').fill('2.000,00')
    expect(plain(await terms.getByRole('status').innerText())).toContain(
      'Crédito disponível: de R$ 1.000,00 para R$ 2.000,00',
    )
    await terms.getByLabel('Motivo').fill('Bom pagador')
    await terms.getByRole('button', { name: 'Salvar' }).click()
    await page.getByText('A alteração está em vigor.').waitFor()
    expect((await purchase()).status).toBe(200)

    await page.getByRole('tab', { name: 'Histórico' }).click()
    const row = page.getByRole('row').filter({ hasText: 'Bom pagador' })
    expect(plain(await row.innerText())).toContain('Limite de R$ 1.000,00 para R$ 2.000,00')
    expect(faults).toEqual([])
  })

  test('two people who edit the same account see each other’s change', async () => {
    const account = await newAccount()
    const { page, faults } = await visit(browser, server, pathOf(account))
    const terms = page.getByRole('region', { name: 'Gestão' })
    await terms.getByRole('button', { name: 'Alterar' }).waitFor()
    await page.keyboard.press('e')
    await terms.getByLabel('Limite de crédito').fill('1.200,00')
    await server.call('PUT', `${account.path}/creditlimit`, { value: 700 })

    await terms.getByRole('button', { name: 'Salvar' }).click()
    const told = terms.getByRole('alert')
    expect(plain(await told.innerText())).toContain(
      'Limite: você viu R$ 1.000,00, agora é R$ 700,00.',
    )
    expect(await limitOf(account)).toBe(700)
    expect(await terms.getByLabel('Limite de crédito').inputValue()).toBe('1.200,00')
    await told.getByRole('button', { name: 'Continuar a partir do novo valor' }).click()
    await terms.getByRole('button', { name: 'Salvar' }).click()
    await page.getByText('A alteração está em vigor.').waitFor()
    expect(await limitOf(account)).toBe(1200)
    expect(faults).toEqual([])
  })

  test('the page is accessible, in both schemes and widths, and asks six things at most', async () => {
    const account = await newAccount()
    await order(server.call, account, 300, 3, { orderId: 'V-1001' })
    await hold(server.call, account, 150, { orderId: 'V-1002' })
    await server.call('POST', `${account.path}/holders`, { claims: { email: 'mae@loja.example' } })
    const calls: string[] = []
    const seen = await visit(browser, server, '/accounts')
    const { page, faults } = seen
    await page.getByRole('rowheader', { name: account.email }).waitFor()
    page.on('request', (request) => {
      if (request.url().includes('/api/')) calls.push(request.url())
    })
    await page.goto(`${server.url}/admin${pathOf(account)}`)
    await page.getByRole('rowheader', { name: 'mae@loja.example' }).waitFor()
    await page.getByRole('table', { name: 'Títulos' }).waitFor()
    expect(calls.length).toBeLessThanOrEqual(MOST_CALLS)
    await check(seen, 'account')
    await page.getByRole('button', { name: 'Alterar' }).click()
    await page.getByLabel('Limite de crédito').fill('1.500,00')
    await check(seen, 'account-terms')
    await page.getByRole('button', { name: 'Cancelar' }).click()
    await page.locator('button:focus').getByText('Alterar').waitFor()
    expect(faults).toEqual([])
  })

  test('so are its lists, each asked for when it is looked at', async () => {
    const account = await newAccount()
    await order(server.call, account, 300, 3, { orderId: 'V-1003' })
    await hold(server.call, account, 150, { orderId: 'V-1004' })
    const seen = await visit(browser, server, pathOf(account))
    const { page, faults } = seen
    for (const [name, tab] of TABS) {
      await page.getByRole('tab', { name }).click()
      await page.getByRole('table', { name }).waitFor()
      await check(seen, `account-${tab}`)
    }
    expect(faults).toEqual([])
  })

  test('a pre-authorization is settled, another cancelled', async () => {
    const account = await newAccount()
    await hold(server.call, account, 150, { orderId: 'V-1' })
    await hold(server.call, account, 250, { orderId: 'V-2' })
    const { page, faults } = await visit(browser, server, `${pathOf(account)}?tab=authorizations`)
    await page.getByRole('button', { name: 'Liquidar a pré-autorização V-1' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Valor total a liquidar').fill('100,00')
    await dialog.getByRole('button', { name: 'Liquidar' }).click()
    await page.getByText('A pré-autorização foi liquidada.').waitFor()
    await page.getByRole('button', { name: 'Cancelar a pré-autorização V-2' }).click()
    await dialog.getByRole('button', { name: 'Cancelar pré-autorização' }).click()
    await page.getByText('Nada está reservado').waitFor()
    const { json } = await server.call('GET', account.path)
    expect(json).toMatchObject({ balance: -100, preAuthorizedCredit: 0, availableCredit: 900 })
    expect(faults).toEqual([])
  })

  test('it is frozen with a reason, and closing says what stands in its way', async () => {
    const account = await newAccount()
    await order(server.call, account, 80)
    const seen = await visit(browser, server, pathOf(account))
    const { page, faults } = seen
    await page.getByRole('button', { name: 'Congelar' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByRole('button', { name: 'Congelar' }).click()
    await dialog.getByText('Diga o motivo: ele fica no histórico.').waitFor()
    await dialog.getByLabel('Motivo').fill('Atrasos')
    await dialog.getByRole('button', { name: 'Congelar' }).click()
    await page.getByText('Motivo do congelamento').waitFor()
    await page.getByRole('button', { name: 'Descongelar' }).waitFor()

    await page.getByRole('button', { name: 'Encerrar conta' }).click()
    await dialog.getByText('Isto ainda impede o encerramento').waitFor()
    await check(seen, 'account-close')
    await dialog.getByRole('button', { name: 'Encerrar conta' }).click()
    const told = dialog.getByText('Os dois precisam ser zero para encerrá-la.')
    expect(plain(await told.innerText())).toContain('A conta deve R$ 80,00')
    expect(faults).toEqual([])
  })

  test('the statement runs, and is a file', async () => {
    const account = await newAccount()
    await order(server.call, account, 80, 1, { orderId: 'V-9' })
    const { page, faults } = await visit(browser, server, `${pathOf(account)}?tab=statement`)
    const row = page.getByRole('row').filter({ hasText: 'V-9' })
    expect(plain(await row.innerText())).toContain('-R$ 80,00')
    const saving = page.waitForEvent('download')
    await page.getByRole('button', { name: 'Baixar CSV' }).click()
    expect(await textOf((await saving).createReadStream())).toContain(';V-9;')
    await page.getByLabel('De', { exact: true }).fill('2020-01-01')
    await page.getByLabel('Até', { exact: true }).fill('2020-01-31')
    await page.getByText('Nada aconteceu neste período').waitFor()
    expect(faults).toEqual([])
  })

  test('a reader sees everything and changes nothing', async () => {
    const account = await newAccount()
    const reader = { as: 'rita@example.com', role: 'reader' } as const
    const { page, faults } = await visit(browser, server, pathOf(account), reader)
    await page.getByText('Nenhum dependente adicional').waitFor()
    for (const name of ['Novo', 'Alterar', 'Congelar', 'Encerrar conta']) {
      expect(await page.getByRole('button', { name }).count(), name).toBe(0)
    }
    expect(faults).toEqual([])
  })

  test('what is listed is filtered by the address, and exported as a file', async () => {
    const { page, faults } = await visit(browser, server, '/accounts?sort=-exposure')
    await page.getByRole('columnheader', { name: 'Exposição' }).waitFor()
    const { json } = await server.call('GET', '//api/admin/accounts')
    const owed = json.totals.owed.toLocaleString('pt-BR', { minimumFractionDigits: 2 })
    const totals = await page.getByText('No total: limite').innerText()
    expect(plain(totals)).toContain(`devido R$ ${owed}`)
    await page.getByText('Com títulos vencidos').click()
    await page.getByText('Nenhuma conta corresponde').waitFor()
    expect(page.url()).toContain('overdue=true')
    await page.getByRole('button', { name: 'Exportar' }).click()
    await page.getByRole('dialog').getByText('Retire a busca e os outros filtros').waitFor()
    await page.keyboard.press('Escape')
    await page.getByText('Com títulos vencidos').click()
    await page.getByRole('button', { name: 'Exportar' }).click()
    await page.getByRole('button', { name: 'Gerar arquivo' }).click()
    await page.getByRole('link', { name: 'Baixar o arquivo' }).waitFor()
    expect(faults).toEqual([])
  })

  async function limitOf({ path }: Opened): Promise<number> {
    return (await server.call('GET', path)).json.creditLimit
  }
})

const TABS = [
  ['Pré-autorizações', 'authorizations'],
  ['Extrato', 'statement'],
  ['Histórico', 'history'],
] as const

const pathOf = ({ id }: Opened): string => `/accounts/${encodeURIComponent(id)}`

/** Amounts have spaces that do not break. */
const plain = (text: string): string => text.replaceAll('\u00a0', ' ')

async function textOf(stream: Promise<AsyncIterable<Buffer>>): Promise<string> {
  const parts: Buffer[] = []
  for await (const part of await stream) parts.push(part)
  return Buffer.concat(parts).toString()
}
