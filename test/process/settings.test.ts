/** A wrong setting is one clear line on stderr and exit code 1, without a stack trace. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { createDatabase, type TestDatabase } from '../support/database.ts'
import { runFiado } from '../support/process.ts'

const SECRET = 'a-password-for-nobody'

let database: TestDatabase
let folder: string
let file: string

beforeAll(async () => {
  database = await createDatabase()
  folder = await mkdtemp(join(tmpdir(), 'fiado-settings-'))
  file = join(folder, 'a-file')
  await writeFile(file, '')
})
afterAll(async () => {
  await database.drop()
  await rm(folder, { recursive: true })
})

interface Case {
  readonly env: Record<string, string>
  /** What the line must name. */
  readonly says: string | RegExp
}

const CASES: readonly Case[] = [
  { env: { PORT: 'http' }, says: 'PORT=http must be a number from 0 to 65535' },
  { env: { PORT: '65536' }, says: 'PORT=65536' },
  { env: { PORT: '-1' }, says: 'PORT=-1' },
  { env: { FIADO_PROCESSES: '0' }, says: 'FIADO_PROCESSES=0 must be a number from 1 to 64' },
  { env: { FIADO_PROCESSES: '65' }, says: 'FIADO_PROCESSES=65' },
  { env: { FIADO_PROCESSES: 'all' }, says: 'FIADO_PROCESSES=all' },
  { env: { DATABASE_URL: 'localhost' }, says: 'DATABASE_URL must be postgres://' },
  { env: { DATABASE_URL: `mysql://u:${SECRET}@h/d` }, says: 'DATABASE_URL must be postgres://' },
  { env: { DATABASE_URL: `postgres://u:${SECRET}@h:port/d` }, says: 'DATABASE_URL' },
  {
    env: { DATABASE_URL: `postgres://u:${SECRET}@127.0.0.1:1/d` },
    says: '127.0.0.1:1/d cannot be reached',
  },
  {
    env: { DATABASE_URL: `postgres://u:${SECRET}@no-such-host.invalid/d` },
    says: 'no-such-host.invalid/d cannot be reached',
  },
  { env: { DATABASE_URL: 'postgres://' }, says: /DATABASE_URL|cannot be reached/ },
  { env: { FIADO_CURRENCY: 'REAIS' }, says: 'FIADO_CURRENCY=REAIS' },
  { env: { FIADO_CURRENCY: 'XYZ' }, says: 'FIADO_CURRENCY=XYZ' },
  { env: { FIADO_TIME_ZONE: 'Brasilia' }, says: 'FIADO_TIME_ZONE=Brasilia' },
  { env: { FIADO_LOG_LEVEL: 'loud' }, says: 'FIADO_LOG_LEVEL must be one of' },
  { env: { FIADO_STORE: 'Minha Loja' }, says: 'FIADO_STORE must be' },
  { env: { FIADO_TRUST_PROXY: 'maybe' }, says: 'FIADO_TRUST_PROXY must be true or false' },
  { env: { FIADO_APP_KEY: 'a-key' }, says: 'must be set together' },
  { env: { FIADO_APP_TOKEN: SECRET }, says: 'must be set together' },
  { env: { FIADO_APP_KEY: 'a key', FIADO_APP_TOKEN: SECRET }, says: 'FIADO_APP_KEY must have' },
  {
    env: { FIADO_APP_KEY: 'a-key', FIADO_APP_TOKEN: `${SECRET} é` },
    says: 'FIADO_APP_TOKEN must have',
  },
]

async function refusal(env: Record<string, string>): Promise<string> {
  const { code, stdout, stderr } = await runFiado(['start'], { env: { PORT: '0', ...env } })
  expect(stderr).toMatch(/^fiado: .+\n$/)
  expect(stderr).not.toContain(SECRET)
  expect(stderr).not.toMatch(/\n {4}at |node:|\.ts:/)
  expect(stdout).toBe('')
  expect(code).toBe(1)
  return stderr
}

describe.concurrent('a wrong setting', () => {
  for (const { env, says } of CASES) {
    const [name = ''] = Object.keys(env)
    test.concurrent(`${Object.entries(env)
      .map((pair) => pair.join('='))
      .join(' ')}`, async () => {
      const line = await refusal(env)
      expect(line).toMatch(says instanceof RegExp ? says : new RegExp(escaped(says)))
      expect(name).not.toBe('')
    })
  }
})

describe('a setting that only the database or the machine can tell is wrong', () => {
  test('a wrong password', async () => {
    const url = new URL(database.url)
    url.password = SECRET
    expect(await refusal({ DATABASE_URL: url.href })).toContain('password')
  })

  test('a database that does not exist', async () => {
    const url = new URL(database.url)
    url.pathname = '/nowhere'
    expect(await refusal({ DATABASE_URL: url.href })).toContain('nowhere')
  })

  test('an address that is not of this machine', async () => {
    expect(await refusal({ DATABASE_URL: database.url, HOST: '203.0.113.7' })).toContain('HOST')
  })

  test('a HOST that is no address', async () => {
    const env = { DATABASE_URL: database.url, HOST: 'no-such-host.invalid' }
    expect(await refusal(env)).toContain('HOST')
  })

  test('a data directory that cannot be one', async () => {
    expect(await refusal({ FIADO_DATA_DIR: file })).toContain('FIADO_DATA_DIR')
  })
})

function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')
}
