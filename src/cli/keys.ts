/** keys create | list | revoke */
import type { Config } from '../config.ts'
import {
  createKey,
  listKeys,
  newAppKey,
  newToken,
  type Resource,
  revokeKey,
} from '../ledger/credentials.ts'
import { CommandError } from './command-error.ts'
import { print, printTable, storeNamed, withDatabase } from './with-database.ts'

interface CreateOptions {
  readonly store?: string
  readonly label: string
  readonly rate?: number
  readonly resource?: readonly Resource[]
}

export async function createKeyCommand(config: Config, options: CreateOptions): Promise<undefined> {
  await withDatabase(config, async ({ sql }) => {
    const store = await storeNamed(sql, options.store ?? config.store)
    const appKey = newAppKey(store.name)
    const token = newToken()
    const resources = options.resource ?? ['Main Access']
    const requestsPerSecond = options.rate ?? null
    const { storeId } = store
    const { label } = options
    await createKey(
      sql,
      { storeId, appKey, token, label, resources, requestsPerSecond },
      Date.now(),
    )
    print(`X-VTEX-API-AppKey:   ${appKey}`)
    print(`X-VTEX-API-AppToken: ${token}`)
    print(`Store ${store.name}; may use: ${resources.join(', ')}.`)
    print('The token is shown this once: keep it in a safe place.')
  })
}

export async function listKeysCommand(config: Config): Promise<undefined> {
  await withDatabase(config, async ({ sql }) => {
    const keys = await listKeys(sql)
    const rows = keys.map((key) => [
      key.appKey,
      key.store,
      key.revokedAt ? `revoked ${key.revokedAt.toISOString()}` : 'in force',
      key.requestsPerSecond === null ? 'no limit' : `${key.requestsPerSecond}/s`,
      key.resources.join(', '),
      key.label,
    ])
    printTable(['KEY', 'STORE', 'STATE', 'RATE', 'RESOURCES', 'LABEL'], rows)
  })
}

export async function revokeKeyCommand(config: Config, appKey: string): Promise<undefined> {
  await withDatabase(config, async ({ sql }) => {
    if (!(await revokeKey(sql, appKey, Date.now()))) {
      throw new CommandError(`No key in force is named ${appKey}: see npm run fiado -- keys list`)
    }
    print(`${appKey} is revoked. Running servers refuse it within 5 seconds.`)
  })
}
