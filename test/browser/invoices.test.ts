/** Invoices: found, paid, updated in bulk by a file, and shown with all that is known of them. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'
import { hasChromium, launch } from './support/chromium.ts'
import { check, visit } from './support/visit.ts'

/** Of postponements. */
const ALLOWED = { postponementEnabled: true, invoicePostponementLimit: 3, maxPostponementDays: 20 }

interface Made {
  readonly id: string
  readonly friendlyId: string
  readonly accountId: string
}

describe.skipIf(!hasChromium)('invoices', () => {
  let server: TestServer
  let browser: Browser
  let order = 1000

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer({ files: true }), launch()])
    await open('52998224725', 'bia@loja.example')
    await open('11144477735', 'caio@loja.example')
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  async function open(document: string, email: string): Promise<void> {
    const body = { document, documentType: 'CPF', email, creditLimit: 10_000, tolerance: 0 }
    const { status } = await server.call('POST', '/accounts', body)
    expect(status).toBeLessThan(300)
  }

  /** A purchase in `installments`, settled: its invoices, the first one first. */
  async function buy(accountId: string, value: number, installments = 1): Promise<Made[]> {
    order += 1
    const transactions = `/accounts/${accountId}/transactions`
    const body = { value, installments, orderId: String(order) }
    const { json } = await server.call('POST', transactions, body)
    const settled = await server.call('PUT', `${transactions}/${json.id}/settlement`, { value })
    expect(settled.status).toBeLessThan(300)
    const list = await server.call('GET', `/accounts/${accountId}/invoices?orderId=${order}`)
    return list.json.data.toSorted((a: Made, b: Made) => (a.id < b.id ? -1 : 1))
  }

  const availableOf = async (accountId: string): Promise<number> =>
    (await server.call('GET', `/accounts/${accountId}`)).json.availableCredit

  const bia = '52998224725_CPF'
  const caio = '11144477735_CPF'

  test('Títulos → one → Marcar como pago → Pago, and the credit is back', async () => {
    const [invoice] = (await buy(bia, 300)) as [Made]
    expect(await availableOf(bia)).toBe(9_700)
    const seen = await visit(browser, server, '/accounts')
    const { page, faults } = seen
    await page.getByRole('navigation', { name: 'Customer Credit' }).waitFor()
    await page.getByRole('link', { name: 'Títulos' }).click()
    await page.getByRole('link', { name: invoice.friendlyId }).click()
    await page.getByRole('heading', { name: `Título ${invoice.friendlyId}` }).waitFor()
    await check(seen, 'invoice-open')
    await page.getByRole('button', { name: 'Marcar como pago' }).click()
    const dialog = page.getByRole('dialog', { name: 'Marcar como pago' })
    await dialog.getByText('voltam a ser crédito disponível').waitFor()
    await check(seen, 'invoice-pay')
    await dialog.getByRole('button', { name: 'Marcar como pago' }).click()
    await page.getByText('Pago', { exact: true }).waitFor()
    expect(await availableOf(bia)).toBe(10_000)

    await page.getByRole('button', { name: 'Desfazer', exact: true }).click()
    await page.getByText('Aberto', { exact: true }).waitFor()
    expect(await availableOf(bia)).toBe(9_700)
    await page.getByText('Pagamento desfeito', { exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  test('rows are selected, paid with a summary, and paid back', async () => {
    const made = await buy(caio, 90, 3)
    const owed = await availableOf(caio)
    const seen = await visit(browser, server, `/invoices?status=opened&q=${order}`)
    const { page, faults } = seen
    await page.getByText('3 títulos:').waitFor()
    for (const { friendlyId } of made) {
      await page.getByRole('checkbox', { name: `Selecionar o título ${friendlyId}` }).check()
    }
    await check(seen, 'invoices-selected')
    await page.getByRole('button', { name: 'Marcar como pago' }).click()
    const dialog = page.getByRole('dialog', { name: 'Marcar como pago' })
    await dialog.getByText('3 títulos de 1 conta').waitFor()
    await check(seen, 'invoices-summary')
    await dialog.getByRole('button', { name: 'Marcar como pago' }).click()
    await page.getByText('3 de 3 marcados como pagos.').waitFor()
    expect(await availableOf(caio)).toBe(owed + 90)
    await page.getByRole('button', { name: 'Desfazer', exact: true }).click()
    await page.getByText('Pagamentos desfeitos: 3 de 3.').waitFor()
    expect(await availableOf(caio)).toBe(owed)
    expect(faults).toEqual([])
  })

  test('the state, the ranges and the order stand in the address', async () => {
    await buy(caio, 1_234.56)
    const { page, faults } = await visit(browser, server, '/invoices')
    await page.getByRole('button', { name: 'Filtros' }).click()
    await page.getByLabel('Valor de').fill('1.200,00')
    await page.getByLabel('Valor até').fill('1.300,00')
    await page.getByRole('button', { name: 'Aplicar' }).click()
    await page.getByText('1 título:').waitFor()
    const total = page.locator('[aria-live=polite]').filter({ hasText: '1 título:' })
    expect((await total.innerText()).replaceAll('\u00a0', ' ')).toContain('R$ 1.234,56')
    await page.reload()
    await page.getByText('1 título:').waitFor()
    await page.getByRole('link', { name: /^Pago/ }).click()
    await page.getByText('Nenhum título corresponde').waitFor()
    await page.goBack()
    await page.getByText('1 título:').waitFor()
    await page.getByRole('button', { name: 'Remover o filtro: Valor' }).click()
    await page.getByRole('button', { name: 'Valor' }).click()
    await page.getByRole('columnheader', { name: 'Valor' }).waitFor()
    expect(page.url()).toContain('sort=')
    expect(faults).toEqual([])
  })

  test('export, Aberto → Pago in the file, Atualizar em massa → all are settled', async () => {
    await buy(bia, 120, 2)
    const seen = await visit(browser, server, '/invoices?status=Opened')
    const { page, faults } = seen
    await page.getByRole('button', { name: 'Exportar', exact: true }).click()
    const asked = page.getByRole('dialog', { name: 'Exportar títulos' })
    await asked.getByRole('button', { name: 'Exportar' }).click()
    const file = await downloadOf(page)
    const text = await readFile(file, 'utf8')
    expect(text).toContain(';Aberto;')
    await check(seen, 'exports')
    const changed = join(file, '..', 'titulos.csv')
    const bad = `${'0'.repeat(32)}-01${';'.repeat(9)}Pago${';'.repeat(4)}\r\n`
    await writeFile(changed, text.replaceAll(';Aberto;', ';Pago;') + bad)

    await page.getByRole('link', { name: 'Títulos' }).click()
    await page.getByRole('button', { name: 'Atualizar em massa' }).click()
    const dialog = page.getByRole('dialog', { name: 'Atualizar em massa' })
    await dialog.getByText('Nada é gravado antes de você confirmar.').waitFor()
    await check(seen, 'upload')
    const chooser = page.waitForEvent('filechooser')
    await dialog.getByRole('button', { name: 'Escolher arquivo' }).click()
    await (await chooser).setFiles(changed)
    await page.getByText('A confirmar').waitFor()
    await page.getByText('Não há título … aqui.').waitFor()
    await check(seen, 'import-dry-run')
    const before = await openCount()
    expect(before).toBeGreaterThan(0)
    await page.getByRole('button', { name: /^Confirmar/ }).click()
    await page.getByText('Concluído', { exact: true }).waitFor()
    expect(await openCount()).toBe(0)
    expect(await availableOf(bia)).toBe(10_000)
    expect(await availableOf(caio)).toBe(10_000)
    const [errors] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Baixar as linhas com falha' }).click(),
    ])
    expect(await readFile(await errors.path(), 'utf8')).toContain('0'.repeat(32))

    await page.getByRole('link', { name: 'Importações e exportações' }).click()
    await page.getByRole('link', { name: 'titulos.csv' }).waitFor()
    await check(seen, 'imports')
    expect(faults).toEqual([])
  })

  async function openCount(): Promise<number> {
    const { json } = await server.call('GET', '/invoices?status=Opened')
    return json.summary.count
  }

  test('a reader sees no button that pays, and the server refuses too', async () => {
    const [invoice] = (await buy(bia, 50)) as [Made]
    const reader = { as: 'leo@example.com', role: 'reader' } as const
    const address = `/invoices/${invoice.id}`
    const { page, context, faults } = await visit(browser, server, address, reader)
    await page.getByRole('heading', { name: `Título ${invoice.friendlyId}` }).waitFor()
    const main = page.locator('#content')
    expect(await main.getByRole('button').allInnerTexts()).toEqual([])
    await page.getByRole('link', { name: 'Títulos' }).click()
    await page.getByRole('checkbox', { name: `Selecionar o título ${invoice.friendlyId}` }).check()
    await page.getByRole('button', { name: 'Exportar selecionados' }).waitFor()
    for (const name of ['Marcar como pago', 'Cancelar título', 'Atualizar em massa']) {
      expect(await page.getByRole('button', { name }).count(), name).toBe(0)
    }
    const path = `/api/creditcontrol/accounts/${bia}/invoices/${invoice.id}/payments`
    const refused = await context.request.post(`${server.url}${path}`, {
      headers: { Origin: server.url, 'Idempotency-Key': 'leo-tries' },
    })
    expect(refused.status()).toBe(403)
    expect((await refused.json()).code).toBe(1011)
    expect(faults).toEqual([])
  })

  test('a payment link set by CSV and by API is on the page of the invoice', async () => {
    const [byFile, byApi] = (await buy(caio, 70, 2)) as [Made, Made]
    const link = 'https://pay.example/a?b=1'
    await server.call('PUT', `/accounts/${caio}/invoices/${byApi.id}`, { paymentLink: `${link}2` })
    const seen = await visit(browser, server, '/invoices')
    const { page, faults } = seen
    await page.getByRole('button', { name: 'Atualizar em massa' }).click()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Escolher arquivo' }).click()
    await (await chooser).setFiles({
      name: 'links.csv',
      mimeType: 'text/csv',
      buffer: Buffer.from(`Id;Link de pagamento\r\n${byFile.id};${link}\r\n`),
    })
    await page.getByRole('button', { name: 'Confirmar 1 alteração' }).click()
    await page.getByText('Concluído', { exact: true }).waitFor()
    await page.goto(`${server.url}/admin/invoices/${byFile.id}`)
    await page.getByText(link, { exact: true }).waitFor()
    const opened = page.getByRole('link', { name: 'Abrir em outra janela' })
    expect(await opened.getAttribute('href')).toBe(link)
    await page.getByRole('link', { name: byApi.friendlyId }).click()
    await page.getByText(`${link}2`, { exact: true }).waitFor()

    await page.getByRole('button', { name: 'Editar' }).click()
    const dialog = page.getByRole('dialog')
    await dialog.getByLabel('Observação').fill('Ligou; paga na sexta')
    await check(seen, 'invoice-notes')
    await dialog.getByRole('button', { name: 'Salvar' }).click()
    await page.getByText('Ligou; paga na sexta', { exact: true }).waitFor()
    await page.getByText(`${link}2`, { exact: true }).waitFor()
    await check(seen, 'invoice-full')
    expect(faults).toEqual([])
  })

  test('an invoice is postponed where the store allows it, and cancelled', async () => {
    const [invoice] = (await buy(bia, 40)) as [Made]
    const owed = await availableOf(bia)
    const { page, faults } = await visit(browser, server, `/invoices/${invoice.id}`)
    await page.getByRole('button', { name: 'Adiar' }).click()
    const dialog = page.getByRole('dialog', { name: 'Adiar' })
    await dialog.getByRole('button', { name: 'Adiar' }).click()
    await dialog.getByText('Escreva um número de dias, 1 ou mais.').waitFor()
    await dialog.getByLabel('Dias').fill('5')
    await server.call('PUT', '/storeconfig', { postponementEnabled: false })
    await dialog.getByRole('button', { name: 'Adiar' }).click()
    await dialog.getByRole('alert').waitFor()
    await server.call('PUT', '/storeconfig', ALLOWED)
    await dialog.getByRole('button', { name: 'Adiar' }).click()
    await page.getByText('Adiado 5 dias, para 23/12/2026').waitFor()
    await page.getByText('Original: 18/12/2026; adiado 1 vez, 5 dias no total').waitFor()

    await page.getByRole('button', { name: 'Cancelar título' }).click()
    const asked = page.getByRole('dialog', { name: 'Cancelar título' })
    await asked.getByRole('button', { name: 'Cancelar título' }).click()
    await page.getByText(`O título ${invoice.friendlyId} está cancelado.`).waitFor()
    expect(await availableOf(bia)).toBe(owed + 40)
    expect(faults).toEqual([])
  })

  test('an import of 10,000 rows with 37 bad ones is watched to its end', async () => {
    const rows = Array.from({ length: 10_000 }, (_, n) => {
      const email = n % 270 === 5 && n < 37 * 270 ? 'no address' : `many+${n}@loja.example`
      return `${email};D${String(n).padStart(9, '0')};Outro;100,00\r\n`
    })
    const text = `E-mail;Documento;Tipo de documento;Limite de crédito\r\n${rows.join('')}`
    const seen = await visit(browser, server, '/files')
    const { page, faults } = seen
    await page.getByRole('button', { name: 'Importar contas' }).click()
    const chooser = page.waitForEvent('filechooser')
    await page.getByRole('button', { name: 'Escolher arquivo' }).click()
    const file = { name: 'contas.csv', mimeType: 'text/csv', buffer: Buffer.from(text) }
    await (await chooser).setFiles(file)
    const confirm = page.getByRole('button', { name: 'Confirmar 9.963 alterações' })
    await confirm.waitFor({ timeout: 60_000 })
    await page.getByText('1–25 de 37', { exact: true }).waitFor()
    await confirm.click()
    await page.getByText('Continua mesmo que você saia desta página.').waitFor()
    // Leaving the page stops nothing.
    await page.getByRole('link', { name: 'Contas' }).click()
    await page.getByRole('link', { name: 'Importações e exportações' }).click()
    await page.getByRole('link', { name: 'contas.csv' }).click()
    const done = page.getByText('Pronto: 9.963 linhas alteradas, 37 com falha.')
    await done.waitFor({ timeout: 120_000 })
    await check(seen, 'import-done')
    const [errors] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Baixar as linhas com falha' }).click(),
    ])
    const failed = await readFile(await errors.path(), 'utf8')
    expect(failed.trim().split('\n')).toHaveLength(38)
    expect(faults).toEqual([])
  }, 240_000)

  /** Follows the export to its end and takes the file. */
  async function downloadOf(page: Page): Promise<string> {
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('link', { name: 'Baixar' }).first().click(),
    ])
    return await download.path()
  }
})
