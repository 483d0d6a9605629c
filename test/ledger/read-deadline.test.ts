/** Every read ends: whichever way its statement is put together, the pool cancels it in time. */
import { afterAll, beforeAll, expect, test } from 'vitest'
import { ReadPool } from '../../src/postgres/read-pool.ts'
import { createDatabase, type TestDatabase } from '../support/database.ts'

const TIMEOUT_MS = 200
const CANCELLED = { code: '57014' }

let database: TestDatabase
let pool: ReadPool

beforeAll(async () => {
  database = await createDatabase()
  pool = new ReadPool(database.url, 2, TIMEOUT_MS)
})
afterAll(async () => {
  await pool.close()
  await database.drop()
})

test('a tagged statement', async () => {
  await expect(pool.sql`select pg_sleep(${20})`).rejects.toMatchObject(CANCELLED)
})

test('a statement that was put together, with values and without', async () => {
  const { sql } = pool
  await expect(sql.unsafe('select pg_sleep($1)', ['20'])).rejects.toMatchObject(CANCELLED)
  await expect(sql.unsafe('select pg_sleep(20)')).rejects.toMatchObject(CANCELLED)
})

test('what is in time is answered, also with a part that was put together', async () => {
  const { sql } = pool
  expect(await sql.unsafe('select $1::integer as one', ['1'])).toEqual([{ one: 1 }])
  expect(await sql`select ${sql.unsafe('1 as one')}`).toEqual([{ one: 1 }])
})
