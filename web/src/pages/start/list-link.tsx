/** A figure, and the way to the list that it sums up. */
import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { ReactNode } from 'react'
import type { DueDays } from '../../api/overview.ts'

/** What stands in the address of a list; named as the API names it. */
export interface ListAddress {
  readonly to: string
  readonly search?: Readonly<Record<string, string>>
}

interface ListLinkProps extends ListAddress {
  /** The id of a part of the page. */
  readonly hash?: string
  readonly children: ReactNode
}

export function ListLink({ to, search = {}, hash, children }: ListLinkProps) {
  // The search of a list is that list's own; here only names that it shares with the API are used.
  return (
    <Anchor
      component={Link}
      to={to as '/'}
      search={search as never}
      {...(hash && { hash })}
      inherit
    >
      {children}
    </Anchor>
  )
}

export const ALL_ACCOUNTS: ListAddress = { to: '/accounts', search: { status: 'open' } }

export const OVER_LIMIT: ListAddress = {
  to: '/accounts',
  search: { status: 'open', overLimit: 'true' },
}

export const BY_EXPOSURE: ListAddress = {
  to: '/accounts',
  search: { status: 'open', sort: '-exposure' },
}

/** Invoices of a state, due on those days. */
export function invoicesOf(status: 'Opened' | 'Overdue', days?: DueDays): ListAddress {
  const { dueDateFrom, dueDateTo } = days ?? {}
  return {
    to: '/invoices',
    search: {
      status,
      ...(dueDateFrom && { dueDateFrom }),
      ...(dueDateTo && { dueDateTo }),
    },
  }
}
