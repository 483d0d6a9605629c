/** Many invoices, one request each: how far it is, and what became of each. */
import { useCallback, useRef, useState } from 'react'
import { newKey } from '../../api/client.ts'
import type { ListedInvoice } from '../../api/invoices.ts'
import { isUndecided } from '../../api/problem.ts'

/** So many are on their way at a time: the server has other callers. */
const AT_ONCE = 4

export interface Outcome {
  readonly invoice: ListedInvoice
  /** Absent where it was done. */
  readonly error?: unknown
}

export interface Batch {
  readonly isRunning: boolean
  /** How many were asked for; 0 before anything was. */
  readonly total: number
  readonly outcomes: readonly Outcome[]
  readonly run: (invoices: readonly ListedInvoice[], send: Send) => Promise<void>
  /** Begins no more; those on their way are waited for. */
  readonly stop: () => void
}

export type Send = (invoice: ListedInvoice, key: string) => Promise<unknown>

export function useBatch(): Batch {
  const [progress, setProgress] = useState<{ total: number; outcomes: readonly Outcome[] }>({
    total: 0,
    outcomes: [],
  })
  const [isRunning, setRunning] = useState(false)
  const isStopped = useRef(false)
  // An invoice keeps its key while the same is tried again: it is done once.
  const keys = useRef<{ send: Send | undefined; of: Map<string, string> }>({
    send: undefined,
    of: new Map(),
  })

  const run = useCallback(async (invoices: readonly ListedInvoice[], send: Send) => {
    if (keys.current.send !== send) keys.current = { send, of: new Map() }
    const { of } = keys.current
    isStopped.current = false
    setRunning(true)
    setProgress({ total: invoices.length, outcomes: [] })
    const left = [...invoices]
    const work = async (): Promise<void> => {
      for (let next = left.shift(); next && !isStopped.current; next = left.shift()) {
        const outcome = await outcomeOf(next, send, of)
        setProgress((before) => ({ ...before, outcomes: [...before.outcomes, outcome] }))
      }
    }
    await Promise.all(Array.from({ length: AT_ONCE }, work))
    setRunning(false)
  }, [])

  const stop = useCallback(() => {
    isStopped.current = true
  }, [])
  return { ...progress, isRunning, run, stop }
}

async function outcomeOf(
  invoice: ListedInvoice,
  send: Send,
  keys: Map<string, string>,
): Promise<Outcome> {
  const key = keys.get(invoice.id) ?? newKey()
  keys.set(invoice.id, key)
  try {
    await send(invoice, key)
    return { invoice }
  } catch (error) {
    if (!isUndecided(error)) keys.delete(invoice.id)
    return { invoice, error }
  }
}
