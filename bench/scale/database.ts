/** Databases that hold a generated store, kept between runs as long as they are what one would make. */
import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createStore, findStore } from '../../src/ledger/stores.ts'
import { connect, errorCode, type Sql } from '../../src/postgres/connect.ts'
import { migrate } from '../../src/postgres/migrate.ts'
import { MIGRATIONS } from '../../src/setup.ts'
import { generate } from './generate.ts'
import { type Shape, shapeOf } from './shape.ts'

export interface ScaleDatabase {
  readonly url: string
  readonly shape: Shape
  /** Bytes on disk, indexes included. */
  readonly size: number
  /** Undefined where an earlier run made it. */
  readonly generatedIn_s: number | undefined
}

/** Live holds last 30 days and none may have lapsed. */
const MAX_AGE_MS = 15 * 86_400_000

const STORE = { name: 'main', currency: 'BRL', timeZone: 'America/Sao_Paulo' }

/** The database of this size on the server of `adminUrl`: the one that stands, or a new one. */
export async function scaleDatabase(
  adminUrl: string,
  invoices: number,
  log: (line: string) => void,
): Promise<ScaleDatabase> {
  const name = `fiado_scale_${invoices}`
  const url = new URL(adminUrl)
  url.pathname = `/${name}`
  const version = await currentVersion()
  const admin = connect(adminUrl, { max: 1, applicationName: 'fiado bench' })
  try {
    const now = await usableSince(admin, url.href, name, version)
    if (now !== undefined) {
      const shape = shapeOf(invoices, now)
      return { url: url.href, shape, size: await sizeOf(admin, name), generatedIn_s: undefined }
    }
    log(`${name}: generating ${invoices} invoices`)
    const started = performance.now()
    await admin.unsafe(`drop database if exists ${name} with (force)`)
    await admin.unsafe(`create database ${name}`)
    const shape = await fill(url.href, invoices, version, (line) => log(`${name}: ${line}`))
    const generatedIn_s = (performance.now() - started) / 1000
    return { url: url.href, shape, size: await sizeOf(admin, name), generatedIn_s }
  } finally {
    await admin.end({ timeout: 5 })
  }
}

/**
 * Reads all of a database once, so that its files are in the memory of its machine as far as that
 * goes: growth is what the work costs, not what one disk or another does. False where PostgreSQL
 * cannot (pg_prewarm is not installed, or not for this user).
 */
export async function readIntoMemory(url: string): Promise<boolean> {
  const sql = connect(url, { max: 1, applicationName: 'fiado bench' })
  try {
    await sql`create extension if not exists pg_prewarm`
    await sql`
      select sum(pg_prewarm(oid, 'read')) from pg_class
      where relkind in ('r', 'i', 't') and relnamespace = 'public'::regnamespace`
    return true
  } catch (error) {
    if (['0A000', '42501', '58P01'].includes(errorCode(error))) return false
    throw error
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function fill(
  url: string,
  invoices: number,
  version: string,
  log: (line: string) => void,
): Promise<Shape> {
  const now = Date.now()
  await migrate(url, MIGRATIONS)
  const sql = connect(url, { max: 1, applicationName: 'fiado bench' })
  try {
    const store =
      (await findStore(sql, STORE.name)) ?? (await createStore(sql, STORE, 'fiado-bench', now))
    const shape = await generate(url, { store, invoices, now, log })
    await sql.unsafe(`
      create table bench_made (version text not null, now timestamptz not null);
      insert into bench_made values ('${version}', to_timestamp(${shape.now_s}))`)
    await sql`checkpoint`
    return shape
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** When the past of the database that stands ends; undefined where it must be made anew. */
async function usableSince(
  admin: Sql,
  url: string,
  name: string,
  version: string,
): Promise<number | undefined> {
  const found = await admin`select from pg_database where datname = ${name}`
  if (found.length === 0) return undefined
  const sql = connect(url, { max: 1, applicationName: 'fiado bench' })
  try {
    const [marker] = await sql<{ made: boolean }[]>`
      select to_regclass('public.bench_made') is not null as made`
    if (!marker?.made) return undefined
    const [made] = await sql<{ version: string; now: Date }[]>`select version, now from bench_made`
    if (made?.version !== version || Date.now() - made.now.getTime() > MAX_AGE_MS) return undefined
    return made.now.getTime()
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function sizeOf(admin: Sql, name: string): Promise<number> {
  const [row] = await admin<{ size: bigint }[]>`select pg_database_size(${name}) as size`
  return Number(row?.size ?? 0)
}

/** All that says what a generated database looks like: the schema, and what fills it. */
async function currentVersion(): Promise<string> {
  const migrations = (await readdir(MIGRATIONS)).sort().map((name) => new URL(name, MIGRATIONS))
  const own = ['generate.ts', 'shape.ts', 'statements.ts'].map(
    (name) => new URL(name, import.meta.url),
  )
  const hash = createHash('sha256')
  for (const file of [...migrations, ...own]) hash.update(await readFile(file))
  return hash.digest('hex')
}
