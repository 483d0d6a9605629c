/** What a fresh database needs: the schema, a first store, a first key, a first administrator. */
import type { Config } from './config.ts'
import type { Instant } from './credit/schedule.ts'
import { prepareQueue } from './files/queue.ts'
import { createKey, findKey, listKeys, newAppKey, newToken } from './ledger/credentials.ts'
import { insertStore, listStores, type Store } from './ledger/stores.ts'
import { connect, type Sql } from './postgres/connect.ts'
import { migrate } from './postgres/migrate.ts'
import { Hasher } from './users/hasher.ts'
import { newOneTimePassword } from './users/password.ts'
import { createUser, findUserByEmail, hasUsers } from './users/user-store.ts'

export const MIGRATIONS = new URL('./ledger/migrations/', import.meta.url)

/** Brings the schema up to date, that of the queue of jobs too; answers the files it applied. */
export async function bringUpToDate(url: string): Promise<string[]> {
  const applied = await migrate(url, MIGRATIONS)
  await prepareQueue(url)
  return applied
}

/** Several servers may start at once on one database: they take turns on this advisory lock. */
const SETUP_LOCK = 7_233_618

/** The first key, told on the one start that made it. */
export interface FirstKey {
  readonly appKey: string
  readonly token: string
  readonly isGenerated: boolean
}

/** Where nobody says who the first administrator is; `.example` belongs to nobody (RFC 2606). */
const DEFAULT_ADMIN_EMAIL = 'admin@fiado.example'

/** The first administrator, told on the one start that made it. */
export interface FirstAdministrator {
  readonly email: string
  readonly password: string
  readonly isGenerated: boolean
}

export interface SetUp {
  readonly applied: string[]
  readonly stores: Store[]
  readonly firstKey: FirstKey | undefined
  readonly firstAdministrator: FirstAdministrator | undefined
  /** Settings of the first start that this database does not follow, a line each. */
  readonly notices: string[]
}

/** Migrates, and creates the first store, key and administrator when there are none. */
export async function setUp(url: string, config: Config, now: Instant): Promise<SetUp> {
  const applied = await bringUpToDate(url)
  const sql = connect(url, { max: 1, applicationName: 'fiado setup' })
  try {
    // Of the transaction, not of the session: that is somebody else's next behind a pooler.
    return await sql.begin(async (transaction) => {
      await transaction`select pg_advisory_xact_lock(${SETUP_LOCK})`
      return { applied, ...(await setUpIn(transaction as unknown as Sql, config, now)) }
    })
  } finally {
    await sql.end({ timeout: 5 })
  }
}

async function setUpIn(sql: Sql, config: Config, now: Instant): Promise<Omit<SetUp, 'applied'>> {
  if ((await listStores(sql)).length === 0) {
    const { store, currency, timeZone } = config
    await insertStore(sql, { name: store, currency, timeZone }, 'fiado', now)
  }
  const stores = await listStores(sql)
  const firstKey =
    (await listKeys(sql)).length === 0 ? await firstKeyOf(sql, stores, config, now) : undefined
  const firstAdministrator = (await hasUsers(sql))
    ? undefined
    : await firstAdministratorOf(sql, stores, config, now)
  const notices = await noticesOf(sql, stores, config)
  return { stores, firstKey, firstAdministrator, notices }
}

/** The store that the settings name, or the first there is. */
function ownStore(stores: readonly Store[], config: Config): Store | undefined {
  return stores.find(({ name }) => name === config.store) ?? stores[0]
}

async function firstAdministratorOf(
  sql: Sql,
  stores: readonly Store[],
  config: Config,
  now: Instant,
): Promise<FirstAdministrator | undefined> {
  const store = ownStore(stores, config)
  if (!store) return undefined
  const email = config.adminEmail ?? DEFAULT_ADMIN_EMAIL
  const password = config.adminPassword ?? newOneTimePassword()
  const isGenerated = config.adminPassword === undefined
  await createUser(
    sql,
    {
      storeId: store.storeId,
      email,
      name: 'Administrator',
      role: 'administrator',
      passwordHash: await new Hasher().hash(password),
      mustChangePassword: isGenerated,
      oidcSubject: null,
    },
    now,
  )
  return { email, password, isGenerated }
}

async function firstKeyOf(
  sql: Sql,
  stores: readonly Store[],
  config: Config,
  now: Instant,
): Promise<FirstKey | undefined> {
  const store = ownStore(stores, config)
  if (!store) return undefined
  const appKey = config.appKey ?? newAppKey(store.name)
  const token = config.appToken ?? newToken()
  await createKey(
    sql,
    {
      storeId: store.storeId,
      appKey,
      token,
      label: 'first key',
      resources: ['Main Access'],
      requestsPerSecond: null,
    },
    now,
  )
  return { appKey, token, isGenerated: config.appToken === undefined }
}

async function noticesOf(sql: Sql, stores: readonly Store[], config: Config): Promise<string[]> {
  const notices: string[] = []
  if (!stores.some(({ name }) => name === config.store)) {
    const names = stores.map(({ name }) => name).join(', ')
    notices.push(
      `FIADO_STORE=${config.store} is not in this database, which has ${names}: create it with npm run fiado -- stores create`,
    )
  }
  if (config.appKey !== undefined && !(await findKey(sql, config.appKey))) {
    notices.push(
      'FIADO_APP_KEY is not a key of this database: create it with npm run fiado -- keys create',
    )
  }
  const store = ownStore(stores, config)
  const { adminEmail } = config
  if (adminEmail && store && !(await findUserByEmail(sql, store.storeId, adminEmail))) {
    notices.push(
      'FIADO_ADMIN_EMAIL is no user of this store: create one with npm run fiado -- users add',
    )
  }
  return notices
}
