/** The settings of the store, its users, and its API keys. */
import type { Browser, Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { openAccount } from '../api/support/make.ts'
import { startServer, type TestServer } from '../support/server.ts'
import { startProvider } from '../users/support/provider.ts'
import { hasChromium, launch } from './support/chromium.ts'
import { check, type Visit, visit } from './support/visit.ts'

describe.skipIf(!hasChromium)('settings', () => {
  let server: TestServer
  let browser: Browser

  beforeAll(async () => {
    ;[server, browser] = await Promise.all([startServer(), launch()])
  })
  afterAll(async () => {
    await browser?.close()
    await server?.close()
  })

  const config = async () => (await server.call('GET', '/storeconfig')).json

  test('examples follow what is typed, and what is saved is in force in the API', async () => {
    const seen = await visit(browser, server, '/')
    const { page, faults } = seen
    await page.getByRole('link', { name: 'Configurações', exact: true }).click()
    await hasText(page, 'tolerância de 10% aceita pedidos até R$ 1.000,00.')
    await check(seen, 'settings-store')
    await page.getByRole('switch', { name: 'A tolerância das contas está em vigor' }).check()
    await hasText(page, 'tolerância de 10% aceita pedidos até R$ 1.100,00.')
    await page.getByLabel('Quanto uma pré-autorização pode crescer').fill('12,5')
    await hasText(page, 'pode crescer até R$ 1.125,00')
    await page.getByLabel('Limite de uma conta aberta').fill('2.500,50')
    await hasText(page, 'Uma conta aberta sem limite informado tem R$ 2.500,50.')
    await page.getByLabel('Dias ao todo').fill('many')
    await page.getByText('4 alterações não salvas').waitFor()
    await page.getByRole('button', { name: 'Salvar' }).click()
    await page.getByText('Um número inteiro de 0 a 3.650.').waitFor()
    await page.getByLabel('Dias ao todo').fill('45')
    await page.getByRole('button', { name: 'Aviso depois' }).click()
    await page.getByRole('button', { name: 'Salvar' }).click()
    await page.getByText('As configurações foram salvas e já valem.').waitFor()
    expect(await config()).toMatchObject({
      toleranceEnabled: true,
      maxPreAuthorizationGrowthRate: 0.125,
      defaultCreditValue: 2500.5,
      maxPostponementDays: 45,
      taxRate: 0,
      notificationsSettings: {
        daysAfter: [
          { days: 3, timeOfDay: '12:00:00' },
          { days: 1, timeOfDay: '12:00:00' },
        ],
      },
    })

    const { path } = await openAccount(server.call, { creditLimit: 1000, tolerance: 0.1 })
    const hold = { value: 1100, installments: 1 }
    expect((await server.call('POST', `${path}/transactions`, hold)).status).toBe(200)
    expect(faults).toEqual([])
  })

  test('who leaves with something unsaved is told first', async () => {
    const { page, faults } = await visit(browser, server, '/settings')
    await page.getByLabel('Imposto').fill('7')
    await page.getByRole('tab', { name: 'Usuários' }).click()
    await page.getByRole('dialog', { name: 'Sair sem salvar?' }).waitFor()
    await page.getByRole('button', { name: 'Cancelar' }).click()
    expect(await page.getByLabel('Imposto').inputValue()).toBe('7')
    await page.getByRole('tab', { name: 'Usuários' }).click()
    await page.getByRole('button', { name: 'Sair sem salvar' }).click()
    await page.getByRole('table', { name: 'Usuários' }).waitFor()
    expect(page.url()).toContain('tab=users')
    expect((await config()).taxRate).toBe(0)
    expect(faults).toEqual([])
  })

  test('two people who change the settings see what the other changed', async () => {
    const seen = await visit(browser, server, '/settings')
    const { page, faults } = seen
    await page.getByLabel('Imposto').fill('7')
    await page.getByLabel('Juros por dia de atraso').fill('0,5')
    await server.call('PUT', '/storeconfig', { taxRate: 0.04, invoicePostponementLimit: 3 })
    await page.getByRole('button', { name: 'Salvar' }).click()
    const told = page.getByRole('alert').filter({ hasText: 'Outra pessoa alterou o mesmo' })
    await told.getByText('Imposto: agora 4%').waitFor()
    expect(await page.getByLabel('Imposto').inputValue()).toBe('7')
    expect(await page.getByLabel('Vezes por título').inputValue()).toBe('3')
    expect((await config()).taxRate).toBe(0.04)
    await check(seen, 'settings-contested')

    await page.getByRole('button', { name: 'Salvar' }).click()
    await page.getByText('As configurações foram salvas e já valem.').waitFor()
    expect(await config()).toMatchObject({
      taxRate: 0.07,
      dailyInterestRate: 0.005,
      invoicePostponementLimit: 3,
    })
    expect(faults).toEqual([])
  })

  test('a user is made, signs in with the one-time password, and must change it', async () => {
    const seen = await visit(browser, server, '/settings?tab=users')
    const { page, faults } = seen
    await page.getByRole('button', { name: 'Novo usuário' }).click()
    await page.getByRole('button', { name: 'Criar usuário' }).click()
    await page.getByText('Escreva um nome.').waitFor()
    await page.getByLabel('E-mail', { exact: true }).fill('bia@example.com')
    await page.getByLabel('Nome').fill('Bia Lima')
    await page.getByLabel('Papel').selectOption({ label: 'Cobrança' })
    await check(seen, 'settings-new-user')
    await page.getByRole('button', { name: 'Criar usuário' }).click()
    await page.getByText('Entregue esta senha a bia@example.com.').waitFor()
    const password = await page.getByLabel('Senha', { exact: true }).inputValue()
    await check(seen, 'settings-one-time-password')
    await page.getByRole('button', { name: 'Já guardei' }).click()
    await page.getByRole('row', { name: 'bia@example.com' }).getByText('Falta escolher').waitFor()
    await check(seen, 'settings-users')

    const guest = await visit(browser, server, '/settings', { as: false })
    await signIn(guest, 'bia@example.com', password)
    await guest.page.getByText('Esta senha foi definida por outra pessoa.').waitFor()
    await check(guest, 'own-password')
    await guest.page.getByLabel('Senha atual', { exact: true }).fill(password)
    await guest.page.getByLabel('Nova senha', { exact: true }).fill('quatro cavalos azuis')
    await guest.page.getByRole('button', { name: 'Alterar', exact: true }).click()
    await hasText(guest.page, 'só um administrador as altera')
    expect(await guest.page.getByRole('tab').count()).toBe(1)
    expect(await guest.page.getByLabel('Imposto').isDisabled()).toBe(true)

    expect([...faults, ...guest.faults]).toEqual([])
  })

  test('a user is disabled, enabled, given another role and another password', async () => {
    const as = 'davi@example.com'
    const guest = await visit(browser, server, '/', { as, role: 'collections' })
    await guest.page.getByRole('heading', { name: 'Visão geral' }).waitFor()
    const { page, faults } = await visit(browser, server, '/settings?tab=users')
    const row = page.getByRole('row', { name: as })
    await actOn(page, as, 'Desativar')
    await page.getByRole('dialog').getByRole('button', { name: 'Desativar' }).click()
    await row.getByText('Desativado').waitFor()
    await guest.page.reload()
    await guest.page.getByRole('button', { name: 'Entrar', exact: true }).waitFor()

    await actOn(page, as, 'Reativar')
    await row.getByText('Ativo').waitFor()
    await actOn(page, as, 'Editar usuário')
    await page.getByLabel('Papel').selectOption({ label: 'Leitor' })
    await page.getByRole('button', { name: 'Salvar' }).click()
    await row.getByText('Leitor').waitFor()
    await actOn(page, as, 'Nova senha provisória')
    await page.getByRole('button', { name: 'Nova senha provisória' }).click()
    const password = await page.getByLabel('Senha', { exact: true }).inputValue()
    expect(password).toMatch(/^\w{5}(-\w{5}){4}$/)
    expect([...faults, ...guest.faults]).toEqual([])
  })

  test('the last administrator stays one, and the page says why', async () => {
    const { page, faults } = await visit(browser, server, '/settings?tab=users')
    await actOn(page, 'ana@example.com', 'Desativar')
    await page.getByRole('dialog').getByRole('button', { name: 'Desativar' }).click()
    await page
      .getByRole('alert')
      .getByText(/administrador/)
      .waitFor()
    expect(faults).toEqual([])
  })

  test('una clave se crea, funciona y se revoca', async () => {
    const seen = await visit(browser, server, '/settings?tab=keys', { locale: 'es' })
    const { page, faults } = seen
    await page.getByRole('table', { name: 'Claves de API' }).waitFor()
    await page.getByRole('button', { name: 'Nueva clave' }).click()
    await page.getByRole('button', { name: 'Crear clave' }).click()
    await page.getByText('Marque al menos uno.').waitFor()
    await page.getByLabel('Para qué sirve').fill('Checkout')
    await page.getByRole('checkbox', { name: 'Leer cuentas' }).check()
    await check(seen, 'settings-new-key')
    await page.getByRole('button', { name: 'Crear clave' }).click()
    await page.getByText('El token solo aparece esta vez.').waitFor()
    const key = {
      appKey: await page.getByLabel('X-VTEX-API-AppKey', { exact: true }).inputValue(),
      token: await page.getByLabel('X-VTEX-API-AppToken', { exact: true }).inputValue(),
    }
    await check(seen, 'settings-token')
    await page.getByRole('button', { name: 'Ya lo guardé' }).click()
    const read = (path: string) => server.call('GET', path, undefined, { key })
    expect((await read('/accounts')).status).toBe(200)
    expect((await read('/storeconfig')).status).toBe(403)
    await server.users.keepUses()
    await page.reload()
    const row = page.getByRole('row', { name: 'Checkout' })
    await row.getByText('Leer cuentas').waitFor()
    expect(await row.getByText('Nunca').count()).toBe(0)
    await check(seen, 'settings-keys')

    await row.getByRole('button', { name: '¿Revocar “Checkout”?' }).click()
    await page.getByRole('dialog').getByRole('button', { name: 'Revocar' }).click()
    await row.getByText('Revocada').waitFor()
    server.clock.advance(10_000)
    expect((await read('/accounts')).status).toBe(401)
    expect(faults).toEqual([])
  })

  test('who signs out everywhere is signed out in other browsers too', async () => {
    const as = 'caio@example.com'
    const here = await visit(browser, server, '/', { as })
    const there = await visit(browser, server, '/', { as })
    await here.page.getByRole('button', { name: 'Conta de Ana Souza' }).click()
    await here.page.getByRole('menuitem', { name: 'Encerrar todas as sessões' }).click()
    await here.page.getByRole('button', { name: 'Entrar', exact: true }).waitFor()
    await there.page.reload()
    await there.page.getByRole('button', { name: 'Entrar', exact: true }).waitFor()
    expect([...here.faults, ...there.faults]).toEqual([])
  })

  test('the provider of the store is a way in, and its refusal is told in words', async () => {
    const provider = await startProvider()
    const { issuer, clientId, clientSecret } = provider
    const oidc = { issuer, clientId, clientSecret, roleClaim: undefined, store: 'main' }
    const own = await startServer({ users: { oidc } })
    provider.allow(`${own.url}/api/admin/oidc/callback`)
    provider.signsIn({ sub: 'ana', email: 'ana@example.com', email_verified: true })
    const seen = await visit(browser, own, '/', { as: false })
    await seen.page.getByRole('link', { name: `Entrar com ${new URL(issuer).host}` }).click()
    await seen.page.getByText('sua loja ainda não tem contas').waitFor()

    provider.signsIn({ sub: 'eva', email: 'eva@example.com', email_verified: true })
    const stranger = await visit(browser, own, '/', { as: false })
    await stranger.page.getByRole('link', { name: /^Entrar com / }).click()
    await stranger.page.getByRole('alert').waitFor()
    expect(stranger.page.url()).not.toContain('problem')
    await check(stranger, 'sign-in-refused')
    await own.close()
    await provider.close()
  })
})

/** The spaces of amounts never break: Playwright takes them for others. */
async function hasText(page: Page, text: string): Promise<void> {
  await page
    .getByText(new RegExp(text.replaceAll(/[.?$]/g, '\\$&').replaceAll(' ', '\\s')))
    .waitFor()
}

async function signIn({ page }: Visit, email: string, password: string): Promise<void> {
  await page.getByLabel('E-mail').fill(email)
  await page.getByLabel('Senha', { exact: true }).fill(password)
  await page.getByRole('button', { name: 'Entrar', exact: true }).click()
}

async function actOn(page: Page, email: string, act: string): Promise<void> {
  await page.getByRole('button', { name: `Ações de ${email}` }).click()
  await page.getByRole('menuitem', { name: act }).click()
}
