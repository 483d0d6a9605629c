/** The same tables and accounts for the plain way, in a database of its own. */
import { createStore } from '../src/ledger/stores.ts'
import { arrayOf } from '../src/postgres/array.ts'
import { connect } from '../src/postgres/connect.ts'
import { migrate } from '../src/postgres/migrate.ts'
import { MIGRATIONS } from '../src/setup.ts'

const CREDIT_LIMIT = 100_000_000_000n

export async function preparePlainWay(url: string, accounts: readonly string[]): Promise<void> {
  await migrate(url, MIGRATIONS)
  const sql = connect(url, { max: 1, applicationName: 'bench plain' })
  try {
    const store = { name: 'main', currency: 'BRL', timeZone: 'America/Sao_Paulo' }
    const { storeId } = await createStore(sql, store, 'bench', Date.now())
    const at = new Date()
    await sql`
      insert into account (store_id, account_id, document, document_type, email, email_key, status,
        credit_limit, tolerance, owed, held, seq, created_at, updated_at)
      select ${storeId}, id, id, 'Other', id || '@bench.example', id || '@bench.example', 'Open',
        ${CREDIT_LIMIT}, 0, 0, 0, 0, ${at}, ${at}
      from unnest(${arrayOf(accounts)}::text[]) as id`
    await sql`analyze account`
  } finally {
    await sql.end()
  }
}
