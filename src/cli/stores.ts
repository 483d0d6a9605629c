/** stores create | list */
import { type Config, STORE_NAME } from '../config.ts'
import { isTimeZone } from '../credit/schedule.ts'
import { createStore, currencyExponent, listStores, StoreExists } from '../ledger/stores.ts'
import { CommandError } from './command-error.ts'
import { print, printTable, withDatabase } from './with-database.ts'

interface CreateOptions {
  readonly currency?: string
  readonly timeZone?: string
}

export async function createStoreCommand(
  config: Config,
  name: string,
  options: CreateOptions,
): Promise<undefined> {
  const currency = (options.currency ?? config.currency).toUpperCase()
  const timeZone = options.timeZone ?? config.timeZone
  if (!STORE_NAME.test(name)) throw new CommandError('The name must be 1 to 50 of a–z, 0–9, -')
  if (currencyExponent(currency) === undefined) {
    throw new CommandError(`${currency} is no ISO 4217 currency, such as BRL`)
  }
  if (!isTimeZone(timeZone)) throw new CommandError(`${timeZone} is no IANA time zone`)
  await withDatabase(config, async ({ sql }) => {
    try {
      const store = await createStore(sql, { name, currency, timeZone }, 'fiado', Date.now())
      print(`Store ${store.name} (${store.currency}, ${store.timeZone}) is created.`)
      print(`Give it a key with: npm run fiado -- keys create --store ${store.name}`)
    } catch (error) {
      if (error instanceof StoreExists) throw new CommandError(error.message)
      throw error
    }
  })
}

export async function listStoresCommand(config: Config): Promise<undefined> {
  await withDatabase(config, async ({ sql }) => {
    const rows = (await listStores(sql)).map(({ name, currency, timeZone }) => [
      name,
      currency,
      timeZone,
    ])
    printTable(['STORE', 'CURRENCY', 'TIME ZONE'], rows)
  })
}
