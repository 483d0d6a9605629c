/** A fresh, migrated database of its own for a test file. */
import { randomBytes } from 'node:crypto'
import { inject } from 'vitest'
import { connect, type Sql } from '../../src/postgres/connect.ts'
import { TEMPLATE } from './global-setup.ts'

export interface TestDatabase {
  readonly url: string
  readonly sql: Sql
  drop(): Promise<void>
}

/** Clones the template; `drop` removes it, whoever is still connected. */
export async function createDatabase(): Promise<TestDatabase> {
  const adminUrl = inject('adminUrl')
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = connect(adminUrl, { max: 1 })
  await admin.unsafe(`create database ${name} template ${TEMPLATE}`)
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const sql = connect(url.href, { max: 4 })
  return {
    url: url.href,
    sql,
    drop: async () => {
      await sql.end({ timeout: 5 })
      await admin.unsafe(`drop database ${name} with (force)`)
      await admin.end({ timeout: 5 })
    },
  }
}
