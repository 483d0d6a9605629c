/** Signing in and out, the session that ends, the languages. */
import type { Browser } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { startServer, type TestServer } from '../support/server.ts'
import { hasChromium, launch } from './support/chromium.ts'
import { PASSWORD } from './support/people.ts'
import { check, visit } from './support/visit.ts'

describe.skipIf(!hasChromium)('signing in', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), launch()])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  test('a wrong password is refused in words, the right one leads to the page asked for', async () => {
    const { page, faults, ...rest } = await visit(browser, server, '/accounts?status=closed', {
      as: false,
    })
    await page.getByLabel('E-mail').fill('ana@example.com')
    await check({ page, faults, ...rest }, 'sign-in')
    await page.getByLabel('Senha', { exact: true }).fill('wrong')
    await page.getByRole('button', { name: 'Entrar', exact: true }).click()
    await page.getByRole('alert').getByText('E-mail ou senha incorretos.').waitFor()

    await page.getByLabel('Senha', { exact: true }).fill(PASSWORD)
    await page.keyboard.press('Enter')
    await page.getByRole('heading', { name: 'Contas', level: 1 }).waitFor()
    expect(page.url()).toContain('status=closed')

    await page.getByRole('button', { name: 'Conta de Ana Souza' }).click()
    await page.getByRole('menuitem', { name: 'Sair' }).click()
    await page.getByRole('button', { name: 'Entrar', exact: true }).waitFor()
    expect(faults).toEqual([])
  })

  test('a session that ends in the middle of a form loses nothing of it', async () => {
    const { page, context, faults } = await visit(browser, server, '/accounts')
    await page.getByRole('button', { name: 'Novo' }).click()
    await page.getByLabel('Documento', { exact: true }).fill('111.444.777-35')
    await page.getByLabel('E-mail', { exact: true }).fill('buyer@example.com')
    await page.getByLabel('Limite de crédito').fill('1.500,00')
    await context.clearCookies()
    await page.getByRole('button', { name: 'Abrir conta' }).click()

    await page.getByText('O que você digitou continua aqui.').waitFor()
    await page.getByLabel('Senha', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Entrar', exact: true }).click()
    await page.getByText('A conta de buyer@example.com está aberta.').waitFor()
    expect(faults).toEqual([])
  })

  test('the browser chooses the language, the reader changes it, and it is remembered', async () => {
    const { page, faults } = await visit(browser, server, '/accounts', { locale: 'es-AR' })
    await page.getByRole('heading', { name: 'Cuentas' }).waitFor()
    await page.getByRole('button', { name: 'Idioma' }).click()
    await page.getByRole('menuitem', { name: 'English' }).click()
    await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    await page.locator('html[lang=en]').waitFor({ state: 'attached' })
    await page.reload()
    await page.getByRole('heading', { name: 'Accounts' }).waitFor()
    expect(await page.title()).toBe('Accounts · Fiado')
    expect(faults).toEqual([])
  })

  test('change password', async () => {
    const { page, faults } = await visit(browser, server, '/accounts')
    await page.getByRole('button', { name: 'Conta de Ana Souza' }).click()
    await page.getByRole('menuitem', { name: 'Alterar senha' }).click()
    await page.getByLabel('Senha atual', { exact: true }).fill('wrong')
    await page.getByLabel('Nova senha', { exact: true }).fill('a long new one')
    await page.getByRole('button', { name: 'Alterar', exact: true }).click()
    await page.getByRole('alert').getByText('A senha atual está incorreta').waitFor()
    await page.getByLabel('Senha atual', { exact: true }).fill(PASSWORD)
    await page.getByRole('button', { name: 'Alterar', exact: true }).click()
    await page.getByText('A senha foi alterada.').waitFor()
    expect(faults).toEqual([])
  })
})
