/** Set-based statements: many rows of one table in one statement, however many they are. */
import { arrayOf, plainArrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'
import type { AccountRef } from './working-set.ts'

type Cell = string | number | bigint | boolean | null

/** A column: its name, its SQL type, and where a row has its value. */
export type Column<R> = readonly [name: string, type: string, read: (row: R) => Cell]

/**
 * A table and the statements on it. Names come from our own code only; every value is a
 * parameter, one array for each column.
 */
export class Table<R> {
  readonly #insert: Statement<R>
  readonly #update: Statement<R>
  readonly #replace: Statement<R> | undefined
  readonly #delete: Statement<R>

  constructor(
    name: string,
    columns: {
      readonly key: readonly Column<R>[]
      /** Set once, when the row is made. */
      readonly fixed?: readonly Column<R>[]
      readonly changing?: readonly Column<R>[]
      /** A column that changes with every change, and what it held when the row was read. */
      readonly version?: Column<R>
    },
  ) {
    const { key, fixed = [], changing = [], version } = columns
    const all = [...key, ...fixed, ...changing]
    const changes = changing.map(([column]) => `${column} = n.${column}`).join(', ')
    const where = key.map(([column]) => `t.${column} = n.${column}`).join(' and ')
    this.#insert = statement(all, (set) => `insert into ${name} (${namesOf(all)}) ${set}`)
    // A column that keeps its value costs no index entry: such an update stays in its page (HOT).
    this.#update = statement(
      [...key, ...changing],
      (set) => `update ${name} t set ${changes} from (${set}) n where ${where}`,
    )
    if (version) {
      const [column, type, read] = version
      // Rows are locked in the order of their key, as all who lock several do (see load.ts).
      this.#replace = statement(
        [...key, ...changing, ['was', type, read]],
        (set) =>
          `with n as materialized (${set} order by ${namesOf(key)}),
            changed as (update ${name} t set ${changes} from n where ${where} and t.${column} = n.was returning 1)
          select ${holds('(select count(*) from changed) = (select count(*) from n)')}`,
      )
    }
    this.#delete = statement(key, (set) => `delete from ${name} t using (${set}) n where ${where}`)
  }

  insert(sql: Sql, rows: readonly R[]): Promise<void> {
    return run(sql, this.#insert, rows)
  }

  /** `only` names the account of all the rows: see load.ts. */
  update(sql: Sql, rows: readonly R[], only?: AccountRef): Promise<void> {
    return run(sql, this.#update, rows, only)
  }

  /**
   * The same where nobody locked the rows: it fails with {@link NOT_AS_READ}, and the transaction
   * with it, unless every row still has the version that was read.
   */
  replace(sql: Sql, rows: readonly R[]): Promise<void> {
    if (!this.#replace) throw new Error('This table has no version')
    return run(sql, this.#replace, rows)
  }

  delete(sql: Sql, rows: readonly R[], only?: AccountRef): Promise<void> {
    return run(sql, this.#delete, rows, only)
  }
}

/** SQLSTATE of a condition of {@link holds} that does not hold: division by zero. */
export const NOT_AS_READ = '22012'

/** SQL that fails where a condition does not hold: without a function, and known everywhere. */
export function holds(condition: string): string {
  return `1 / (${condition})::integer`
}

interface Statement<R> {
  readonly text: string
  readonly columns: readonly Column<R>[]
}

/**
 * A statement on the set that has one parameter for each column. Functions in the target list go on
 * in step, and cost a third less than `from unnest($1, $2, …)`, which keeps every column by itself.
 */
function statement<R>(columns: readonly Column<R>[], on: (set: string) => string): Statement<R> {
  const cells = columns.map(
    ([name, type], index) => `${expanded(type, `$${index + 1}`)} as ${name}`,
  )
  return { text: on(`select ${cells.join(', ')}`), columns }
}

/** JSON comes a line each: in an array every quote of it would be escaped. */
function expanded(type: string, parameter: string): string {
  return type === 'jsonb'
    ? `unnest(string_to_array(${parameter}::text, E'\\n'))::jsonb`
    : `unnest(${parameter}::${type}[])`
}

function encoded(type: string, cells: Cell[]): string {
  if (type === 'jsonb') return cells.join('\n')
  return type === 'text' ? arrayOf(cells as (string | null)[]) : plainArrayOf(cells)
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
  const values = columns.map(([, type, read]) => encoded(type, rows.map(read)))
  if (!only) {
    await sql.unsafe(text, values, { prepare: true })
    return
  }
  const ofOne = `${text} and t.account_id = $${values.length + 1}`
  await sql.unsafe(ofOne, [...values, only.accountId], { prepare: true })
}
