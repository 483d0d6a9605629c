/** An invoice by its friendly id, and the way to it. */
import { Anchor } from '@mantine/core'
import { Link } from '@tanstack/react-router'
import type { Invoice } from '../../api/invoices.ts'

export function InvoiceLink({ invoice }: { invoice: Pick<Invoice, 'id' | 'friendlyId'> }) {
  return (
    <Anchor
      component={Link}
      to="/invoices/$invoiceId"
      params={{ invoiceId: invoice.id } as never}
      className="amount"
      fz="inherit"
    >
      {invoice.friendlyId}
    </Anchor>
  )
}
