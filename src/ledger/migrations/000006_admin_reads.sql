-- What the pages of the Admin look for. None of these indexes is touched by an authorization, and of
-- a settlement and a payment only what is said below: the hot path writes no more than before.

-- Accounts by the beginning of an e-mail or a document, and in the order of e-mails. Byte by byte,
-- so that what begins with a text is a range, whatever the collation of the database.
create index account_by_email_prefix
  on account (store_id, status, email_key collate "C", account_id);
create index account_by_document_prefix
  on account (store_id, status, upper(document) collate "C");
create index holder_by_email_prefix on holder (store_id, email_key collate "C");

-- Few invoices have an observation: those are read one by one for a part of one.
create index invoice_noted on invoice (store_id) where observation is not null;

-- What changed the terms of an account, among all that happened to it.
create index entry_of_terms on entry (store_id, account_id, seq)
  where kind in ('AccountOpened', 'AccountIdentified', 'AccountFrozen', 'AccountUnfrozen',
    'AccountClosed', 'LimitChanged', 'ToleranceChanged', 'HolderAdded', 'HolderRemoved');

-- What happened to the invoices of a transaction after they were made; one entry a payment. What
-- made them is found by its instant: it is that of their creation.
create index entry_of_invoice on entry (store_id, account_id, (data->>'transactionId'), seq)
  where kind in ('InvoicePaid', 'PaymentTakenBack', 'InvoiceCancelled', 'InvoiceAnnotated',
    'InvoicePostponed', 'SettlementLowered', 'TransactionRefunded');
