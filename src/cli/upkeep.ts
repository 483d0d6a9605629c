/** migrate (and distribute), verify */
import type { Config } from '../config.ts'
import { explained, joinDatabase } from '../database.ts'
import { distribute } from '../ledger/distribution.ts'
import { verify } from '../ledger/verify.ts'
import { connect } from '../postgres/connect.ts'
import { bringUpToDate } from '../setup.ts'
import { print, storeNamed, tell, withDatabase } from './with-database.ts'

export async function migrateCommand(
  config: Config,
  options: { distribute?: true },
): Promise<undefined> {
  const database = await joinDatabase(config, tell)
  try {
    const applied = await bringUpToDate(database.url)
    for (const name of applied) print(`applied ${name}`)
    print(`The schema of the ${database.label} is up to date.`)
    if (options.distribute) await distributeTables(database.url)
  } catch (error) {
    throw explained(error, database.label)
  } finally {
    await database.close()
  }
}

async function distributeTables(url: string): Promise<void> {
  const sql = connect(url, { max: 1, applicationName: 'fiado migrate' })
  try {
    for (const table of await distribute(sql)) print(`distributed ${table}`)
    print('The tables are distributed. Start the servers again.')
  } finally {
    await sql.end({ timeout: 5 })
  }
}

/** Exit code 1 on drift. */
export async function verifyCommand(config: Config, options: { store?: string }): Promise<number> {
  return await withDatabase(config, async ({ sql }) => {
    const store = options.store === undefined ? undefined : await storeNamed(sql, options.store)
    const isTerminal = process.stderr.isTTY
    const found = await verify(sql, store?.storeId, (accounts) => {
      if (isTerminal) process.stderr.write(`\r${accounts} accounts checked`)
    })
    if (isTerminal) process.stderr.write('\n')
    print(
      `Replayed ${found.entries} entries of ${found.accounts} accounts and compared them with ${found.transactions} transactions, ${found.invoices} invoices, ${found.holders} holders, ${found.debits} debits and ${found.claims} claims.`,
    )
    if (found.driftCount === 0) {
      print('No drift: every total agrees with the ledger.')
      return 0
    }
    print(`DRIFT: ${found.driftCount} differences.`)
    for (const line of found.drift) print(`  ${line}`)
    return 1
  })
}
