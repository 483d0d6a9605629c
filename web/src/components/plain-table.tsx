/** A short list that neither pages nor sorts. On a phone each row is a card. */

import classes from './data-table/data-table.module.css'
import type { Column } from './data-table/data-table.tsx'

interface PlainTableProps<T> {
  /** Names the table to those who hear it. */
  readonly label: string
  readonly columns: readonly Pick<Column<T>, 'id' | 'header' | 'cell' | 'align' | 'isHead'>[]
  readonly rows: readonly T[]
  readonly rowId: (row: T) => string
  readonly isStale?: boolean
}

export function PlainTable<T>({ label, columns, rows, rowId, isStale }: PlainTableProps<T>) {
  return (
    <div className={classes.scroll}>
      <table className={classes.table} aria-label={label} data-stale={isStale || undefined}>
        <thead>
          <tr>
            {columns.map(({ id, header, align }) => (
              <th key={id} scope="col" data-align={align}>
                {header}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row) => (
            <tr key={rowId(row)}>
              {columns.map(({ id, header, align, isHead, cell }) => {
                const Cell = isHead ? 'th' : 'td'
                return (
                  <Cell
                    key={id}
                    scope={isHead ? 'row' : undefined}
                    data-align={align}
                    data-label={header || undefined}
                  >
                    {cell(row)}
                  </Cell>
                )
              })}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  )
}
