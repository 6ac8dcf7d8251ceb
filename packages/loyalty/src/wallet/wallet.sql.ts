import { amount, id, instant, orgId } from '@tributary/db/columns';
import { customType, pgSchema, text, uuid } from 'drizzle-orm/pg-core';
import { loyalty } from '../rule/rule.sql.ts';

export const customers = loyalty.table('customers', {
  orgId: orgId(),
  id: id(),
  mergedInto: uuid('merged_into'),
});

export const wallets = loyalty.table('wallets', {
  orgId: orgId(),
  id: id(),
  customerId: uuid('customer_id').notNull(),
  accountId: uuid('account_id').notNull(),
  status: text('status', { enum: ['active', 'frozen'] }).notNull(),
  pendingAccountId: uuid('pending_account_id'),
  mergedInto: uuid('merged_into'),
  tier: text('tier'),
  createdAt: instant('created_at').notNull(),
});

// What a wallet reads of the ledger. Only the ledger writes it.
const ledger = pgSchema('ledger');

/** A column of a domain over bigint that is never null. */
const counted = (domain: string) =>
  customType<{ data: number; notNull: true }>({ dataType: () => domain, fromDriver: Number });

export const walletAccounts = ledger.table('accounts', {
  orgId: orgId(),
  id: id(),
  balance: amount('balance').notNull(),
  pendingDebits: counted('ledger.pending')('pending_debits'),
});

export const walletEntries = ledger.table('entries', {
  orgId: orgId(),
  accountId: uuid('account_id').notNull(),
  version: amount('version').notNull(),
  postingId: uuid('posting_id').notNull(),
  amount: counted('ledger.movement')('amount'),
  balanceAfter: amount('balance_after').notNull(),
});

export const walletPostings = ledger.table('postings', {
  orgId: orgId(),
  id: id(),
  kind: text('kind').notNull(),
  effectiveAt: instant('effective_at').notNull(),
  recordedAt: instant('recorded_at').notNull(),
});
