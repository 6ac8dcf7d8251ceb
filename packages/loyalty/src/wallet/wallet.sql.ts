import { amount, id, instant, orgId } from '@tributary/db/columns';
import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';
import { loyalty } from '../rule/rule.sql.ts';

export const customers = loyalty.table('customers', {
  orgId: orgId(),
  id: id(),
  provider: text('provider').notNull(),
  externalId: text('external_id').notNull(),
});

export const wallets = loyalty.table('wallets', {
  orgId: orgId(),
  id: id(),
  customerId: uuid('customer_id').notNull(),
  accountId: uuid('account_id').notNull(),
  status: text('status', { enum: ['active', 'frozen'] }).notNull(),
  createdAt: instant('created_at').notNull(),
});

// What a wallet reads of the ledger. Only the ledger writes it.
const ledger = pgSchema('ledger');

export const walletAccounts = ledger.table('accounts', {
  orgId: orgId(),
  id: id(),
  balance: amount('balance').notNull(),
});

export const walletEntries = ledger.table('entries', {
  orgId: orgId(),
  accountId: uuid('account_id').notNull(),
  version: amount('version').notNull(),
  postingId: uuid('posting_id').notNull(),
  amount: amount('amount').notNull(),
  balanceAfter: amount('balance_after').notNull(),
});

export const walletPostings = ledger.table('postings', {
  orgId: orgId(),
  id: id(),
  kind: text('kind').notNull(),
  effectiveAt: instant('effective_at').notNull(),
  createdAt: instant('created_at').notNull(),
});
