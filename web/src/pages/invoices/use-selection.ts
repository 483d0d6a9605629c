/** The selected invoices, also those of other pages of the list. */
import { useCallback, useMemo, useState } from 'react'
import type { ListedInvoice } from '../../api/invoices.ts'

export function useSelection(rows: readonly ListedInvoice[] | undefined) {
  const [selected, setSelected] = useState<ReadonlyMap<string, ListedInvoice>>(new Map())
  const known = useMemo(
    () => new Map([...selected, ...(rows ?? []).map((row) => [row.id, row] as const)]),
    [selected, rows],
  )
  const ids = useMemo(() => new Set(selected.keys()), [selected])
  const invoices = useMemo(
    () => [...selected.keys()].flatMap((id) => known.get(id) ?? []),
    [selected, known],
  )
  const change = (next: ReadonlySet<string>): void => {
    const found = [...next].flatMap((id) => known.get(id) ?? [])
    setSelected(new Map(found.map((invoice) => [invoice.id, invoice])))
  }
  const clear = useCallback(() => setSelected(new Map()), [])
  const nameOf = (id: string) => known.get(id)?.friendlyId ?? id
  return { ids, invoices, change, clear, nameOf }
}
