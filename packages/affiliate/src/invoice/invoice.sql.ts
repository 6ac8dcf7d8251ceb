import { amount, id, instant, orgId } from '@tributary/db/columns';
import { bigint, date, integer, text, uuid } from 'drizzle-orm/pg-core';
import { affiliate } from '../account/account.sql.ts';

export const invoices = affiliate.table('invoices', {
  orgId: orgId(),
  id: id(),
  subAffiliateId: uuid('sub_affiliate_id').notNull(),
  month: date('month', { mode: 'string' }).notNull(),
  currency: text('currency').notNull(),
  status: text('status', { enum: ['draft', 'issued', 'paid', 'void'] }).notNull(),
  totalMinor: amount('total_minor').notNull(),
  billed: amount('billed').notNull(),
  computedAt: instant('computed_at').notNull(),
  number: integer('number'),
  issuedAt: instant('issued_at'),
  issuedOn: date('issued_on', { mode: 'string' }),
  dueOn: date('due_on', { mode: 'string' }),
  issuerName: text('issuer_name'),
  payeeName: text('payee_name'),
  postingId: uuid('posting_id'),
  paidAt: instant('paid_at'),
  paymentId: uuid('payment_id'),
  voidedAt: instant('voided_at'),
  reversalId: uuid('reversal_id'),
});

export type InvoiceRow = typeof invoices.$inferSelect;

export const invoiceLines = affiliate.table('invoice_lines', {
  orgId: orgId(),
  invoiceId: uuid('invoice_id').notNull(),
  position: integer('position').notNull(),
  kind: text('kind', { enum: ['commission', 'adjustment', 'carried_in', 'carried_out', 'waived'] }).notNull(),
  connectionId: uuid('connection_id'),
  brand: text('brand'),
  month: date('month', { mode: 'string' }),
  basisMinor: bigint('basis_minor', { mode: 'number' }),
  shareBps: integer('share_bps'),
  ftdCount: bigint('ftd_count', { mode: 'number' }),
  cpaMinor: bigint('cpa_minor', { mode: 'number' }),
  dueMinor: bigint('due_minor', { mode: 'number' }),
  invoicedMinor: bigint('invoiced_minor', { mode: 'number' }),
  amountMinor: amount('amount_minor').notNull(),
});

export type LineRow = Omit<typeof invoiceLines.$inferSelect, 'orgId' | 'invoiceId'>;
