/** Indexes that are off while a table is filled: sorted once at the end, they are far cheaper. */
import type { Sql } from '../../src/postgres/connect.ts'

export interface Index {
  readonly table: string
  readonly name: string
  /** As the catalogue says it: what the migrations made comes back, whatever it is. */
  readonly definition: string
  readonly isPrimaryKey: boolean
}

/** Takes the indexes of the tables off and answers what brings them back. */
export async function takeOffIndexes(sql: Sql, tables: readonly string[]): Promise<Index[]> {
  const indexes = await sql<Index[]>`
    select c.relname as "table", i.relname as name, pg_get_indexdef(i.oid) as definition,
      x.indisprimary as "isPrimaryKey"
    from pg_index x
    join pg_class c on c.oid = x.indrelid
    join pg_class i on i.oid = x.indexrelid
    where c.relname in ${sql([...tables])} and c.relnamespace = 'public'::regnamespace
    order by x.indisprimary desc, i.relname`
  for (const { table, name, isPrimaryKey } of indexes) {
    await sql.unsafe(
      isPrimaryKey ? `alter table ${table} drop constraint ${name}` : `drop index ${name}`,
    )
  }
  return indexes
}

/** What makes a unique index the key of its table again: at once, but alone on the table. */
export function asPrimaryKey({ table, name }: Index): string {
  return `alter table ${table} add constraint ${name} primary key using index ${name}`
}
