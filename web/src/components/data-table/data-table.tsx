/**
 * A list that the server pages and sorts. Its state is the page's, in the address. On a phone each
 * row is a card. Arrows move between the rows, Enter opens one, Space selects it.
 */
import { Checkbox, Group, UnstyledButton } from '@mantine/core'
import { IconArrowDown, IconArrowUp, IconSelector } from '@tabler/icons-react'
import {
  type ColumnDef,
  columnVisibilityFeature,
  FlexRender,
  type Header,
  type Row,
  rowSelectionFeature,
  rowSortingFeature,
  tableFeatures,
  useTable,
} from '@tanstack/react-table'
import { type KeyboardEvent, type ReactNode, useMemo } from 'react'
import { useText } from '../../i18n/use-text.ts'
import { Failure } from '../failure.tsx'
import { Loading } from '../loading.tsx'
import { ColumnChooser } from './column-chooser.tsx'
import classes from './data-table.module.css'
import { Pager } from './pager.tsx'
import type { TableSearch } from './table-search.ts'

export interface Column<T> {
  readonly id: string
  readonly header: string
  readonly cell: (row: T) => ReactNode
  /** `end`: numbers and amounts. */
  readonly align?: 'start' | 'end'
  /** True where the server sorts by it. */
  readonly isSortable?: boolean
  /** True: names the row; it is always shown. */
  readonly isHead?: boolean
  /** True: shown only to those who choose it. */
  readonly isHidden?: boolean
}

export interface Selection {
  readonly ids: ReadonlySet<string>
  readonly onChange: (ids: ReadonlySet<string>) => void
  /** Names the box of a row to those who hear it. */
  readonly labelOf: (id: string) => string
}

export interface DataTableProps<T> {
  /** Names the table to those who hear it. */
  readonly label: string
  readonly columns: readonly Column<T>[]
  readonly rows: readonly T[] | undefined
  readonly rowId: (row: T) => string
  /** How many match in all. */
  readonly count: number | undefined
  readonly search: TableSearch
  /** Changes a part of the state; `undefined` takes it back to the default. */
  readonly onSearch: (
    change: { readonly [K in keyof TableSearch]?: TableSearch[K] | undefined },
  ) => void
  /** The query that brings the rows; its placeholder is rows of another page or filter. */
  readonly found: {
    readonly error: unknown
    readonly isPlaceholderData: boolean
    refetch(): unknown
  }
  /** What is shown where nothing matches. */
  readonly empty: ReactNode
  readonly selection?: Selection
  /** What Enter on a row, or a click on it, opens. */
  readonly onOpen?: (row: T) => void
  /** Stands beside the column chooser: search, filters. */
  readonly children?: ReactNode
}

const features = tableFeatures({ columnVisibilityFeature, rowSelectionFeature, rowSortingFeature })
type Features = typeof features

export function DataTable<T>(props: DataTableProps<T>) {
  const { columns, search, onSearch, rows, count, found } = props
  const { error } = found
  const shown = useMemo(() => shownIds(columns, search.cols), [columns, search.cols])
  const choose = (ids: ReadonlySet<string>): void => {
    const cols = columns.filter(({ id }) => ids.has(id)).map(({ id }) => id)
    const isDefault = cols.join() === [...shownIds(columns, undefined)].join()
    onSearch({ cols: isDefault ? undefined : cols.join() })
  }
  return (
    <section className="panel">
      <Group p="xs" gap="xs" wrap="wrap" className={classes.tools}>
        <div className={classes.filters}>{props.children}</div>
        <ColumnChooser columns={columns} shown={shown} onChange={choose} />
      </Group>
      {error != null && (
        <div className={classes.note}>
          <Failure error={error} onRetry={() => void found.refetch()} />
        </div>
      )}
      {error == null && rows === undefined && <Loading />}
      {rows?.length === 0 && props.empty}
      {rows !== undefined && rows.length > 0 && <Rows {...props} rows={rows} shown={shown} />}
      {count !== undefined && count > 0 && (
        <Pager count={count} search={search} onSearch={onSearch} />
      )}
    </section>
  )
}

function Rows<T>(props: DataTableProps<T> & { rows: readonly T[]; shown: ReadonlySet<string> }) {
  const { label, columns, rows, rowId, search, onSearch, shown, selection, onOpen } = props
  const definitions = useMemo(() => columns.map(definitionOf), [columns])
  const { sort } = search
  const table = useTable<Features, T & object>({
    features,
    columns: definitions as ColumnDef<Features, T & object>[],
    data: rows as readonly (T & object)[],
    getRowId: rowId,
    manualSorting: true,
    enableRowSelection: selection !== undefined,
    state: {
      columnVisibility: Object.fromEntries(columns.map(({ id }) => [id, shown.has(id)])),
      rowSelection: Object.fromEntries([...(selection?.ids ?? [])].map((id) => [id, true])),
      sorting: sort ? [{ id: sort.replace(/^-/, ''), desc: sort.startsWith('-') }] : [],
    },
    onSortingChange: (updater) => {
      const [next] = typeof updater === 'function' ? updater(table.state.sorting) : updater
      onSearch({ sort: next && `${next.desc ? '-' : ''}${next.id}`, page: undefined })
    },
    onRowSelectionChange: (updater) => {
      const next = typeof updater === 'function' ? updater(table.state.rowSelection) : updater
      selection?.onChange(new Set(Object.keys(next).filter((id) => next[id])))
    },
  })
  const columnOf = (id: string) => columns.find((column) => column.id === id)
  return (
    <div className={classes.scroll}>
      <table
        className={classes.table}
        aria-label={label}
        data-stale={props.found.isPlaceholderData || undefined}
      >
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {selection && (
                <th className={classes.box}>
                  <SelectAll
                    isAll={table.getIsAllRowsSelected()}
                    isSome={table.getIsSomeRowsSelected()}
                    onToggle={() => table.toggleAllRowsSelected()}
                  />
                </th>
              )}
              {group.headers.map((header) => (
                <HeaderCell key={header.id} header={header} align={columnOf(header.id)?.align} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody onKeyDown={moveBetweenRows}>
          {table.getRowModel().rows.map((row, at) => (
            <tr
              key={row.id}
              tabIndex={at === 0 ? 0 : -1}
              data-selected={row.getIsSelected() || undefined}
              data-opens={onOpen !== undefined || undefined}
              onClick={(event) => {
                if (!isControl(event.target)) onOpen?.(row.original)
              }}
              onKeyDown={(event) => actOnRow(event, row, onOpen)}
            >
              {selection && (
                <td className={classes.box}>
                  <Checkbox
                    size="xs"
                    aria-label={selection.labelOf(row.id)}
                    checked={row.getIsSelected()}
                    onChange={(event) => row.toggleSelected(event.currentTarget.checked)}
                  />
                </td>
              )}
              {row.getVisibleCells().map((cell) => {
                const column = columnOf(cell.column.id)
                const Cell = column?.isHead ? 'th' : 'td'
                return (
                  <Cell
                    key={cell.id}
                    scope={column?.isHead ? 'row' : undefined}
                    data-align={column?.align}
                    data-label={column?.header}
                  >
                    <FlexRender cell={cell} />
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

function HeaderCell<T extends object>(props: {
  header: Header<Features, T, unknown>
  align: Column<T>['align']
}) {
  const { header, align } = props
  const { column } = header
  const sorted = column.getIsSorted()
  const order = sorted === 'asc' ? 'ascending' : sorted === 'desc' ? 'descending' : 'none'
  if (!column.getCanSort()) {
    return (
      <th scope="col" data-align={align}>
        <FlexRender header={header} />
      </th>
    )
  }
  const Icon = sorted === 'asc' ? IconArrowUp : sorted === 'desc' ? IconArrowDown : IconSelector
  return (
    <th scope="col" data-align={align} aria-sort={order}>
      <UnstyledButton className={classes.sort} onClick={() => column.toggleSorting()}>
        <FlexRender header={header} />
        <Icon size={14} aria-hidden="true" />
      </UnstyledButton>
    </th>
  )
}

function SelectAll(props: { isAll: boolean; isSome: boolean; onToggle: () => void }) {
  const t = useText()
  return (
    <Checkbox
      size="xs"
      aria-label={t('table.selectAll')}
      checked={props.isAll}
      indeterminate={props.isSome && !props.isAll}
      onChange={props.onToggle}
    />
  )
}

function definitionOf<T>(column: Column<T>): ColumnDef<Features, T & object> {
  return {
    id: column.id,
    accessorFn: (row) => row,
    header: column.header,
    cell: ({ row }) => column.cell(row.original as T),
    enableSorting: column.isSortable ?? false,
  }
}

/** The columns to show: those chosen, else those not hidden; and always what names the row. */
function shownIds(columns: readonly Column<never>[], cols: string | undefined): Set<string> {
  const chosen = cols?.split(',')
  const isShown = ({ id, isHead, isHidden }: Column<never>) =>
    isHead || (chosen ? chosen.includes(id) : !isHidden)
  return new Set(columns.filter(isShown).map(({ id }) => id))
}

const isControl = (target: EventTarget): boolean =>
  target instanceof Element && target.closest('a, button, input, label') !== null

function actOnRow<T extends object>(
  event: KeyboardEvent<HTMLTableRowElement>,
  row: Row<Features, T>,
  onOpen: ((row: never) => void) | undefined,
): void {
  if (event.target !== event.currentTarget) return
  if (event.key === 'Enter') onOpen?.(row.original as never)
  if (event.key === ' ' && row.getCanSelect()) {
    event.preventDefault()
    row.toggleSelected()
  }
}

const STEPS: Readonly<Record<string, (at: number, last: number) => number>> = {
  ArrowDown: (at, last) => Math.min(at + 1, last),
  ArrowUp: (at) => Math.max(at - 1, 0),
  Home: () => 0,
  End: (_, last) => last,
}

function moveBetweenRows(event: KeyboardEvent<HTMLTableSectionElement>): void {
  const step = STEPS[event.key]
  if (!step || !(event.target instanceof HTMLTableRowElement)) return
  const rows = [...event.currentTarget.rows]
  event.preventDefault()
  rows[step(rows.indexOf(event.target), rows.length - 1)]?.focus()
}
