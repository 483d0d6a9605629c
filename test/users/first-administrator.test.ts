/** The first administrator of a fresh database, and users on the command line. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { setUp } from '../../src/setup.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { type FiadoProcess, runFiado, startProcess } from '../support/process.ts'
import { type Answer, call } from '../support/server.ts'

const GIVEN = { FIADO_ADMIN_EMAIL: 'chefe@loja.example', FIADO_ADMIN_PASSWORD: 'Uma senha de 10+' }
const NOW = Date.parse('2026-11-18T15:00:00.000Z')

async function onFreshDatabase<T>(work: (database: TestDatabase) => Promise<T>): Promise<T> {
  const database = await createDatabase()
  try {
    return await work(database)
  } finally {
    await database.drop()
  }
}

describe('the first start', () => {
  test('makes one up where none is given, and tells the password once', async () => {
    await onFreshDatabase(async ({ url }) => {
      const first = await setUp(url, readConfig({}), NOW)
      expect(first.firstAdministrator).toMatchObject({
        email: 'admin@fiado.example',
        isGenerated: true,
      })
      expect((await setUp(url, readConfig({}), NOW)).firstAdministrator).toBeUndefined()
    })
  })

  test('generates the password where only the e-mail is given', async () => {
    await onFreshDatabase(async ({ url, sql }) => {
      const config = readConfig({ FIADO_ADMIN_EMAIL: GIVEN.FIADO_ADMIN_EMAIL })
      const { firstAdministrator } = await setUp(url, config, NOW)
      expect(firstAdministrator).toMatchObject({ email: 'chefe@loja.example', isGenerated: true })
      const [row] = await sql`select role, must_change_password from store_user`
      expect(row).toEqual({ role: 'administrator', must_change_password: true })
    })
  })

  test('takes the one that is given; a later start with another says that it does not', async () => {
    await onFreshDatabase(async ({ url, sql }) => {
      const { firstAdministrator, notices } = await setUp(url, readConfig(GIVEN), NOW)
      expect(firstAdministrator).toMatchObject({ email: 'chefe@loja.example', isGenerated: false })
      expect(notices).toEqual([])
      const [row] = await sql`select must_change_password, password_hash from store_user`
      expect(row).toMatchObject({ must_change_password: false })
      expect(row?.password_hash).toMatch(/^\$argon2id\$/)

      const other = readConfig({ ...GIVEN, FIADO_ADMIN_EMAIL: 'outro@loja.example' })
      const later = await setUp(url, other, NOW)
      expect(later.firstAdministrator).toBeUndefined()
      expect(later.notices).toEqual([expect.stringContaining('FIADO_ADMIN_EMAIL is no user')])
    })
  })

  test('is made by one of several servers that start at once', async () => {
    await onFreshDatabase(async ({ url }) => {
      const starts = await Promise.all([1, 2, 3].map(() => setUp(url, readConfig({}), NOW)))
      expect(starts.filter(({ firstAdministrator }) => firstAdministrator)).toHaveLength(1)
    })
  })
})

describe('wrong settings', () => {
  const OIDC = {
    FIADO_OIDC_ISSUER: 'https://login.example',
    FIADO_OIDC_CLIENT_ID: 'fiado',
    FIADO_OIDC_CLIENT_SECRET: 'secret',
  }

  test.each([
    [{ FIADO_ADMIN_PASSWORD: 'Uma senha de 10+' }, 'needs FIADO_ADMIN_EMAIL'],
    [{ FIADO_ADMIN_EMAIL: 'nobody' }, 'FIADO_ADMIN_EMAIL must be an e-mail address'],
    [{ ...GIVEN, FIADO_ADMIN_PASSWORD: 'short' }, 'FIADO_ADMIN_PASSWORD must have 10 to 200'],
    [{ ...OIDC, FIADO_OIDC_CLIENT_ID: undefined }, 'must be set together, or none'],
    [{ ...OIDC, FIADO_OIDC_ISSUER: 'http://login.example' }, 'must be an https URL'],
    [{ ...OIDC, FIADO_OIDC_ISSUER: 'login.example' }, 'must be an https URL'],
  ])('%j: one clear line', (environment, line) => {
    expect(() => readConfig(environment)).toThrow(line)
  })

  test('the store of the provider is the first store where none is named', () => {
    expect(readConfig(OIDC).oidc).toMatchObject({ store: 'main', roleClaim: undefined })
    expect(readConfig({ ...OIDC, FIADO_STORE: 'loja' }).oidc?.store).toBe('loja')
    const named = { ...OIDC, FIADO_STORE: 'loja', FIADO_OIDC_STORE: 'outra' }
    expect(readConfig(named).oidc?.store).toBe('outra')
    expect(readConfig({}).oidc).toBeUndefined()
  })
})

describe('on the command line', () => {
  let database: TestDatabase
  let fiado: FiadoProcess

  beforeAll(async () => {
    database = await createDatabase()
    fiado = await startProcess({ databaseUrl: database.url })
  })
  afterAll(async () => {
    await fiado.stop()
    await database.drop()
  })

  const run = (...args: string[]) => runFiado(['users', ...args], { databaseUrl: database.url })
  const passwordIn = (output: string) => /Password: +(\S+)/.exec(output)?.[1] ?? ''

  function signIn(email: string, password: string): Promise<Answer> {
    const body = { email, password }
    return call(fiado.url, { appKey: '', token: '' }, 'POST', '//api/admin/sign-in', body, {
      key: false,
    })
  }

  test('the start told an administrator who can sign in', async () => {
    const greeting = fiado.stdout()
    expect(greeting).toMatch(/E-mail: +admin@fiado\.example/)
    const answer = await signIn('admin@fiado.example', passwordIn(greeting))
    expect(answer.json).toMatchObject({ role: 'administrator', mustChangePassword: true })
  })

  test('users are added, listed, and given another password', async () => {
    const email = 'ana@loja.example'
    const added = await run('add', '--email', email, '--name', 'Ana', '--role', 'collections')
    expect([added.code, added.stderr]).toEqual([0, ''])
    const password = passwordIn(added.stdout)
    expect((await signIn(email, password)).json).toMatchObject({ role: 'collections', name: 'Ana' })

    const [list, reset] = await Promise.all([run('list'), run('reset-password', email)])
    expect(list.stdout).toMatch(/^E-MAIL +STORE +ROLE +STATE +LAST SIGN-IN +NAME$/m)
    expect(list.stdout).toMatch(/^ana@loja\.example +main +collections +enabled +20\S+Z +Ana$/m)
    expect((await signIn(email, password)).status).toBe(401)
    expect((await signIn(email, passwordIn(reset.stdout))).status).toBe(200)
  })

  test('what cannot be done is one clear line', async () => {
    const taken = 'ADMIN@fiado.example'
    const answers = await Promise.all([
      run('add', '--email', taken, '--role', 'reader'),
      run('add', '--email', 'nobody', '--role', 'reader'),
      run('reset-password', 'nobody@loja.example'),
    ])
    expect(answers.map(({ code, stdout }) => [code, stdout])).toEqual([1, 2, 3].map(() => [1, '']))
    const [twice, wrong, unknown] = answers.map(({ stderr }) => stderr)
    expect(twice).toMatch(/^fiado: Store main has a user ADMIN@fiado\.example already\n$/)
    expect(wrong).toMatch(/^fiado: --email must be an e-mail address\n$/)
    expect(unknown).toMatch(/^fiado: Store main has no user nobody@loja\.example: .+\n$/)
  })
})
