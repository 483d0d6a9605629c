/** The shell by keyboard, and the list of accounts. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'
import { hasChromium, launch } from './support/chromium.ts'
import { check, visit } from './support/visit.ts'

/** CPFs of a counter, with their check digits. */
function cpf(n: number): string {
  const digits = String(100_000_000 + n)
    .split('')
    .map(Number)
  for (const _ of [1, 2]) {
    const weight = digits.length + 1
    const sum = digits.reduce((total, digit, at) => total + digit * (weight - at), 0)
    digits.push(((sum * 10) % 11) % 10)
  }
  return digits.join('')
}

describe.skipIf(!hasChromium)('accounts', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), launch()])
    for (let n = 1; n <= 30; n += 1) {
      const body = {
        document: cpf(n),
        documentType: 'CPF',
        email: `buyer+${n}@loja.example`,
        creditLimit: n * 1234.5,
        tolerance: 0.1,
      }
      await server.call('POST', '/accounts', body)
    }
    const frozen = `/accounts/${cpf(2)}_CPF`
    await server.call('PUT', `${frozen}/freeze`, { frozen: true, reason: 'Late twice' })
    const held = { value: 200, installments: 1, orderId: '1001' }
    await server.call('POST', `/accounts/${cpf(1)}_CPF/transactions`, held)
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test('the list pages, searches, chooses columns, and keeps it all in the address', async () => {
    const seen = await visit(browser, server, '/accounts?sort=createdAt')
    const { page, faults } = seen
    await page.getByRole('rowheader', { name: 'buyer+1@loja.example' }).waitFor()
    await page.getByText('1–25 de 30').waitFor()
    const row = page.getByRole('row').filter({ hasText: 'buyer+1@' })
    expect((await row.innerText()).replaceAll('\u00a0', ' ')).toContain('R$ 1.034,50')
    await check(seen, 'accounts')

    await page.getByRole('button', { name: 'Próxima página' }).click()
    await page.getByText('26–30 de 30').waitFor()
    await page.reload()
    await page.getByRole('rowheader', { name: 'buyer+30@loja.example' }).waitFor()
    await page.goBack()
    await page.getByText('1–25 de 30').waitFor()

    await page.getByRole('button', { name: 'Colunas' }).click()
    await page.getByRole('checkbox', { name: 'Tolerância' }).check()
    await page.getByRole('columnheader', { name: 'Tolerância' }).waitFor()
    await page.keyboard.press('Escape')
    expect(page.url()).toContain('cols=')

    await page.getByRole('searchbox').fill('BUYER+7@loja.example')
    await page.getByText('1–1 de 1', { exact: true }).waitFor()
    await page.getByRole('searchbox').fill('nobody@loja.example')
    await page.getByText('Nenhuma conta corresponde').waitFor()
    await page.getByRole('searchbox').fill('')
    await page.getByLabel('Estado das contas').selectOption('Encerradas')
    await page.getByText('Nenhuma conta corresponde').waitFor()
    expect(faults).toEqual([])
  })

  test('Novo warns of wrong check digits, refuses nonsense, and opens the account', async () => {
    const seen = await visit(browser, server, '/accounts?sort=createdAt')
    const { page, faults } = seen
    await page.getByRole('button', { name: 'Novo' }).click()
    await page.getByRole('dialog', { name: 'Abrir uma conta' }).waitFor()
    await page.getByLabel('Documento', { exact: true }).fill('111.444.777-36')
    await page.getByText('Os dígitos verificadores deste CPF estão errados.').waitFor()
    await page.getByLabel('Limite de crédito').fill('1,000.00')
    await page.getByRole('button', { name: 'Abrir conta' }).click()
    await page.getByText('Isto não é um endereço de e-mail.').waitFor()
    await page.getByText('Escreva um valor como 1.234,50.').waitFor()
    await check(seen, 'new-account')

    await page.getByLabel('Documento', { exact: true }).fill('111.444.777-35')
    await page.getByLabel('E-mail', { exact: true }).fill('buyer+1@loja.example')
    await page.getByLabel('Limite de crédito').fill('1.000,00')
    await page.getByLabel('Tolerância').fill('12,5')
    await page.getByRole('button', { name: 'Abrir conta' }).click()
    await page.getByRole('alert').getByText('Este comprador já tem uma conta aberta.').waitFor()

    await page.getByLabel('E-mail', { exact: true }).fill('nova@loja.example')
    await page.getByRole('button', { name: 'Abrir conta' }).click()
    await page.getByText('A conta de nova@loja.example está aberta.').waitFor()
    await page.getByText('1–25 de 31').waitFor()
    const { json } = await server.call('GET', '/accounts/11144477735_CPF')
    expect(json).toMatchObject({ creditLimit: 1000, tolerance: 0.125 })
    expect(faults).toEqual([])
  })

  test('everything is reached by keyboard', async () => {
    const { page, faults } = await visit(browser, server, '/accounts?sort=createdAt')
    await page.getByRole('rowheader', { name: 'buyer+1@loja.example' }).waitFor()
    await page.keyboard.press('Tab')
    await page.keyboard.press('Enter')
    await page.locator('#content:focus').waitFor()

    await page.keyboard.press('?')
    await page.getByRole('dialog', { name: 'Atalhos de teclado' }).waitFor()
    await page.keyboard.press('Escape')
    await page.keyboard.press('/')
    await page.locator('[role=searchbox]:focus').waitFor()
    await page.getByRole('row').filter({ hasText: 'buyer+1@' }).focus()
    await page.keyboard.press('ArrowDown')
    await page.keyboard.press('End')
    await page.locator('tr:focus').filter({ hasText: 'buyer+25@' }).waitFor()
    await page.keyboard.press('n')
    await page.getByRole('dialog', { name: 'Abrir uma conta' }).waitFor()
    await page.keyboard.press('Escape')
    await page.getByRole('button', { name: 'Importar' }).press('Enter')
    await page.getByRole('dialog', { name: 'Importar contas' }).waitFor()
    await page.keyboard.press('Escape')
    expect(faults).toEqual([])
  })

  test('a reader sees no Novo, and the phone has its menu', async () => {
    const reader = { as: 'rita@example.com', role: 'reader' } as const
    const { page, faults } = await visit(browser, server, '/accounts', reader)
    await page.getByText('1–25 de').waitFor()
    for (const name of ['Novo', 'Importar']) {
      expect(await page.getByRole('button', { name }).count()).toBe(0)
    }
    await page.setViewportSize({ width: 360, height: 740 })
    await page.getByRole('button', { name: 'Abrir o menu' }).click()
    await page.getByRole('link', { name: 'Contas' }).click()
    await page.getByRole('button', { name: 'Abrir o menu' }).waitFor()
    expect(faults).toEqual([])
  })

  test('a server that cannot be reached is told plainly, and a lost address too', async () => {
    const { page, context } = await visit(browser, server, '/nowhere')
    await page.getByText('Não há página neste endereço.').waitFor()
    await context.route('**/api/admin/accounts?*', (route) => route.abort())
    await page.getByRole('link', { name: 'Contas' }).click()
    await page.getByText('Não foi possível falar com o servidor.').waitFor()
    await context.unroute('**/api/admin/accounts?*')
    await page.getByRole('button', { name: 'Tentar de novo' }).click()
    await page.getByText('1–25 de').waitFor()
  })
})
