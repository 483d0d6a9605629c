/** sessions create | revoke */
import type { Config } from '../config.ts'
import { isEmail } from '../credit/identity.ts'
import { createSession, type Resource, revokeSessions } from '../ledger/credentials.ts'
import { CommandError } from './command-error.ts'
import { print, storeNamed, withDatabase } from './with-database.ts'

const HOUR_MS = 3_600_000

interface CreateOptions {
  readonly email: string
  readonly store?: string
  readonly hours: number
  readonly resource?: readonly Resource[]
}

export async function createSessionCommand(
  config: Config,
  { email, store: name, hours, resource }: CreateOptions,
): Promise<undefined> {
  if (!isEmail(email)) throw new CommandError('--email must be an e-mail address')
  await withDatabase(config, async ({ sql }) => {
    const { storeId } = await storeNamed(sql, name ?? config.store)
    const resources = resource ?? ['Main Access']
    const session = { storeId, email, resources, lifetime_ms: hours * HOUR_MS }
    const token = await createSession(sql, session, Date.now())
    print(`VtexIdclientAutCookie: ${token}`)
    print(`Lasts ${hours} h; may use: ${resources.join(', ')}. It is shown this once.`)
  })
}

export async function revokeSessionsCommand(config: Config, email: string): Promise<undefined> {
  await withDatabase(config, async ({ sql }) => {
    const count = await revokeSessions(sql, email, Date.now())
    print(`Sessions ended: ${count}. Running servers refuse them within 5 seconds.`)
  })
}
