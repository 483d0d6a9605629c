/** Set-based statements: many rows of one table in one statement, however many they are. */
import { arrayOf } from '../postgres/array.ts'
import type { Sql } from '../postgres/connect.ts'

type Cell = string | number | bigint | boolean | null

/** A column: its name, its SQL type, and where a row has its value. */
export type Column<R> = readonly [name: string, type: string, read: (row: R) => Cell]

/**
 * A table and the statements on it. Names come from our own code only; every value is a
 * parameter, one array for each column.
 */
export class Table<R> {
  readonly #key: readonly Column<R>[]
  readonly #fixed: readonly Column<R>[]
  readonly #changing: readonly Column<R>[]
  readonly #name: string

  constructor(
    name: string,
    columns: {
      readonly key: readonly Column<R>[]
      /** Set once, when the row is made. */
      readonly fixed?: readonly Column<R>[]
      readonly changing?: readonly Column<R>[]
    },
  ) {
    this.#name = name
    this.#key = columns.key
    this.#fixed = columns.fixed ?? []
    this.#changing = columns.changing ?? []
  }

  async insert(sql: Sql, rows: readonly R[]): Promise<void> {
    const columns = [...this.#key, ...this.#fixed, ...this.#changing]
    const names = namesOf(columns).join(', ')
    await this.#run(sql, rows, columns, (set) => `insert into ${this.#name} (${names}) ${set}`)
  }

  /** A column that keeps its value costs no index entry: such an update stays in its page (HOT). */
  async update(sql: Sql, rows: readonly R[]): Promise<void> {
    const columns = [...this.#key, ...this.#changing]
    const changes = namesOf(this.#changing).map((name) => `${name} = n.${name}`)
    await this.#run(
      sql,
      rows,
      columns,
      (set) => `update ${this.#name} t set ${changes.join(', ')} from (${set}) n ${this.#where()}`,
    )
  }

  async delete(sql: Sql, rows: readonly R[]): Promise<void> {
    await this.#run(
      sql,
      rows,
      this.#key,
      (set) => `delete from ${this.#name} t using (${set}) n ${this.#where()}`,
    )
  }

  #where(): string {
    return `where ${namesOf(this.#key)
      .map((name) => `t.${name} = n.${name}`)
      .join(' and ')}`
  }

  async #run(
    sql: Sql,
    rows: readonly R[],
    columns: readonly Column<R>[],
    statement: (set: string) => string,
  ): Promise<void> {
    const arrays = columns.map(([, type], index) => `$${index + 1}::${type}[]`)
    const set = `select * from unnest(${arrays.join(', ')}) as u (${namesOf(columns).join(', ')})`
    const values = columns.map(([, , read]) => arrayOf(rows.map((row) => textOf(read(row)))))
    await sql.unsafe(statement(set), values, { prepare: true })
  }
}

function namesOf<R>(columns: readonly Column<R>[]): string[] {
  return columns.map(([name]) => name)
}

function textOf(cell: Cell): string | null {
  return cell === null ? null : String(cell)
}
