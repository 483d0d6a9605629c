/** demo: fills an empty store with believable data, through the ledger's writer. */
import type { Config } from '../config.ts'
import type { Instant } from '../credit/schedule.ts'
import type { StoreConfig, StoreConfigChange } from '../credit/store.ts'
import { changeConfig, createStore, listStores, readConfig, type Store } from '../ledger/stores.ts'
import type { Sql } from '../postgres/connect.ts'
import { CommandError } from './command-error.ts'
import { CREDIT_DESK, type Fate, type Setting } from './demo-life.ts'
import { POSTPONED_DAYS } from './demo-orders.ts'
import { People } from './demo-people.ts'
import { Random } from './demo-random.ts'
import { tellStory } from './demo-story.ts'
import { summaryOf } from './demo-summary.ts'
import { Teller } from './demo-teller.ts'
import { print, storeNamed, tell, withDatabase } from './with-database.ts'

interface DemoOptions {
  readonly store?: string
  readonly accounts: number
}

/** The same seed makes the same data, but for ids and for the moment it is told from. */
const SEED = 20_261_122

/** Stories told at a time, each over a connection of its own. */
const TELLERS = 8

const PROGRESS_EVERY = 50

/** One after the other, so that a small demo has something of everything. */
const FATES: readonly Fate[] = [
  ...(['regular', 'late', 'cut', 'frozen', 'closed', 'regular', 'new', 'regular'] as const),
  ...(['regular', 'late', 'regular', 'regular', 'new', 'regular', 'late', 'regular'] as const),
  ...(['regular', 'regular', 'late', 'regular'] as const),
]

/** Refuses a store that has accounts: the data of a demo must not be mixed with anybody's. */
export async function demo(config: Config, options: DemoOptions): Promise<undefined> {
  await withDatabase(config, async ({ sql, url }) => {
    const store = await storeFor(sql, config, options.store)
    await requireEmpty(sql, store)
    const now = Date.now()
    const setting: Setting = {
      now,
      timeZone: store.timeZone,
      unit: 10n ** BigInt(store.exponent),
      config: await configure(sql, store, now),
    }
    const commands = await tellAll(url, store, setting, options.accounts)
    const took_s = ((Date.now() - now) / 1000).toFixed(1)
    print(`Store ${store.name} has demo data, made by ${commands} commands in ${took_s} s:`)
    for (const line of await summaryOf(sql, store, now)) print(line)
    print('Check it with: npm run fiado -- verify')
  })
}

/** The store; on a fresh database the first one is made, as a first start would. */
async function storeFor(sql: Sql, config: Config, wanted: string | undefined): Promise<Store> {
  if (wanted !== undefined || (await listStores(sql)).length > 0) {
    return await storeNamed(sql, wanted ?? config.store)
  }
  const { store: name, currency, timeZone } = config
  print(`Store ${name} (${currency}, ${timeZone}) is created.`)
  return await createStore(sql, { name, currency, timeZone }, 'fiado', Date.now())
}

async function requireEmpty(sql: Sql, { storeId, name }: Store): Promise<void> {
  const found = await sql`select from account where store_id = ${storeId} limit 1`
  if (found.length === 0) return
  throw new CommandError(
    `Store ${name} has accounts already, and a demo fills an empty store only: create one with npm run fiado -- stores create <name>, then run demo --store <name>`,
  )
}

/** Switches on what the demo uses, where it is off. */
async function configure(sql: Sql, store: Store, now: Instant): Promise<StoreConfig> {
  const { name, storeId } = store
  const before = await readConfig(sql, storeId)
  const change = neededChange(before)
  if (Object.keys(change).length === 0) return before
  const request = { storeId, change, doneBy: CREDIT_DESK, now }
  const result = await changeConfig(sql, request)
  if (result.kind !== 'done') throw new Error('demo: the configuration was not changed')
  print(`Changed in the configuration of store ${name}, for the demo: ${inWords(change)}`)
  return result.config
}

function neededChange(config: StoreConfig): StoreConfigChange {
  const { toleranceEnabled, postponementEnabled } = config
  const times = config.invoicePostponementLimit
  const days = config.maxPostponementDays
  return {
    ...(!toleranceEnabled && { toleranceEnabled: true }),
    ...(!postponementEnabled && { postponementEnabled: true }),
    ...(times < 1 && { invoicePostponementLimit: 1 }),
    ...(days < POSTPONED_DAYS && { maxPostponementDays: 3 * POSTPONED_DAYS }),
  }
}

function inWords(change: StoreConfigChange): string {
  return Object.entries(change)
    .map(([field, value]) => `${field} ${value}`)
    .join(', ')
}

/** Answers how many commands it took. */
async function tellAll(
  url: string,
  store: Store,
  setting: Setting,
  accounts: number,
): Promise<number> {
  const people = new People(new Random(SEED))
  const tellers = Array.from({ length: TELLERS }, () => new Teller(url, store.storeId))
  let begun = 0
  let done = 0
  const work = async (teller: Teller): Promise<void> => {
    while (begun < accounts) {
      const index = begun
      begun += 1
      const random = new Random(SEED + index + 1)
      const fate = FATES[index % FATES.length] ?? 'regular'
      await tellStory({ teller, setting, person: people.next(), fate, random })
      done += 1
      if (done % PROGRESS_EVERY === 0) tell(`${done} of ${accounts} accounts`)
    }
  }
  try {
    await Promise.all(tellers.map(work))
  } finally {
    await Promise.all(tellers.map((teller) => teller.close()))
  }
  return tellers.reduce((sum, { commands }) => sum + commands, 0)
}
