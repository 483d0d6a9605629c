/** Set-based statements: many rows of one table in one statement, however many they are. */
import { arrayOf, plainArrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import type { AccountRef } from './working-set.ts'

type Cell = string | number | bigint | boolean | null

/** A column: its name, its SQL type, and where a row has its value. */
export type Column<R> = readonly [name: string, type: string, read: (row: R) => Cell]

/** Types whose text may hold anything; that of all others needs no quotes in an array. */
const QUOTED_TYPES = new Set(['text', 'jsonb'])

/**
 * A table and the statements on it. Names come from our own code only; every value is a
 * parameter, one array for each column.
 */
export class Table<R> {
  readonly #insert: Statement<R>
  readonly #update: Statement<R>
  readonly #delete: Statement<R>

  constructor(
    name: string,
    columns: {
      readonly key: readonly Column<R>[]
      /** Set once, when the row is made. */
      readonly fixed?: readonly Column<R>[]
      readonly changing?: readonly Column<R>[]
    },
  ) {
    const { key, fixed = [], changing = [] } = columns
    const all = [...key, ...fixed, ...changing]
    const changes = changing.map(([column]) => `${column} = n.${column}`).join(', ')
    const where = key.map(([column]) => `t.${column} = n.${column}`).join(' and ')
    this.#insert = statement(all, (set) => `insert into ${name} (${namesOf(all)}) ${set}`)
    // A column that keeps its value costs no index entry: such an update stays in its page (HOT).
    this.#update = statement(
      [...key, ...changing],
      (set) => `update ${name} t set ${changes} from (${set}) n where ${where}`,
    )
    this.#delete = statement(key, (set) => `delete from ${name} t using (${set}) n where ${where}`)
  }

  insert(sql: Sql, rows: readonly R[]): Promise<void> {
    return run(sql, this.#insert, rows)
  }

  /** `only` names the account of all the rows: see load.ts. */
  update(sql: Sql, rows: readonly R[], only?: AccountRef): Promise<void> {
    return run(sql, this.#update, rows, only)
  }

  delete(sql: Sql, rows: readonly R[], only?: AccountRef): Promise<void> {
    return run(sql, this.#delete, rows, only)
  }
}

interface Statement<R> {
  readonly text: string
  readonly columns: readonly Column<R>[]
}

/** A statement on the set that has one array parameter for each column. */
function statement<R>(columns: readonly Column<R>[], on: (set: string) => string): Statement<R> {
  const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`).join(', ')
  return { text: on(`select * from unnest(${arrays}) as u (${namesOf(columns)})`), columns }
}

function namesOf<R>(columns: readonly Column<R>[]): string {
  return columns.map(([name]) => name).join(', ')
}

async function run<R>(
  sql: Sql,
  { text, columns }: Statement<R>,
  rows: readonly R[],
  only?: AccountRef,
): Promise<void> {
  const values = columns.map(([, type, read]) => {
    const cells = rows.map(read)
    return QUOTED_TYPES.has(type) ? arrayOf(cells as (string | null)[]) : plainArrayOf(cells)
  })
  if (!only) {
    await sql.unsafe(text, values, { prepare: true })
    return
  }
  const ofOne = `${text} and t.account_id = $${values.length + 1}`
  await sql.unsafe(ofOne, [...values, only.accountId], { prepare: true })
}
