import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { InvoiceRow, LineRow } from './invoice.sql.ts';

export const invoiceId = z.string().max(64);

export const invoiceStatus = z.enum(['draft', 'issued', 'paid', 'void']);

const line = z
  .strictObject({
    position: z.int().positive(),
    kind: z
      .enum(['commission', 'adjustment', 'carried_in', 'carried_out', 'waived'])
      .describe(
        '`commission`: a month that was not invoiced. `adjustment`: a month that was, and comes to something else by now. `carried_in`: from earlier invoices. `carried_out`: to the next. `waived`: forgiven of a month; below zero: of what was forgiven before, made up for since.',
      ),
    connectionId: z.string().nullable(),
    brand: z.string().nullable(),
    month: z.string().nullable(),
    basisMinor: z.int().nullable().describe('The commission that `shareBps` is of.'),
    shareBps: z.int().nullable(),
    ftdCount: z.int().nullable().describe('The first deposits that `cpaMinor` is for each of.'),
    cpaMinor: z.int().nullable(),
    dueMinor: z.int().nullable().describe('What the month comes to by now.'),
    invoicedMinor: z.int().nullable().describe('What was invoiced of it before.'),
    amountMinor: z.int().describe('Rounded half away from zero, each line by itself.'),
  })
  .meta({ id: 'InvoiceLine' });

export const invoice = z
  .strictObject({
    id: z.string(),
    subAffiliateId: z.string(),
    month: z.string().describe('YYYY-MM'),
    currency: z.string().length(3),
    status: invoiceStatus,
    totalMinor: z.int().nonnegative().describe('The sum of the lines.'),
    number: z.string().nullable().describe('Without gaps in the organization; null for a draft.'),
    computedAt: z.iso.datetime(),
    issuedAt: z.iso.datetime().nullable(),
    issuedOn: z.iso.date().nullable(),
    dueOn: z.iso.date().nullable(),
    paidAt: z.iso.datetime().nullable(),
    voidedAt: z.iso.datetime().nullable(),
  })
  .meta({ id: 'Invoice', description: 'What a sub-affiliate is owed for a month, in one currency.' });

export type Invoice = z.infer<typeof invoice>;

export const invoiceDetail = invoice
  .extend({ lines: z.array(line) })
  .meta({ id: 'InvoiceDetail', description: 'An invoice with its lines.' });

export type InvoiceDetail = z.infer<typeof invoiceDetail>;

export function serializeInvoice(row: InvoiceRow): Invoice {
  const { id, subAffiliateId, month, currency, status, totalMinor, number, issuedOn, dueOn } = row;
  return {
    id: showId('invoice', id),
    subAffiliateId: showId('subAffiliate', subAffiliateId),
    month: month.slice(0, 7),
    ...{ currency, status, totalMinor, issuedOn, dueOn },
    number: number === null || issuedOn === null ? null : showNumber(number, issuedOn),
    computedAt: row.computedAt.toISOString(),
    issuedAt: row.issuedAt?.toISOString() ?? null,
    paidAt: row.paidAt?.toISOString() ?? null,
    voidedAt: row.voidedAt?.toISOString() ?? null,
  };
}

export function serializeLine(row: LineRow): InvoiceDetail['lines'][number] {
  const connectionId = row.connectionId === null ? null : showId('connection', row.connectionId);
  return { ...row, connectionId, month: row.month?.slice(0, 7) ?? null };
}

/** INV-2026-000042: the year it was issued in; numbers go on over the years. */
export function showNumber(number: number, issuedOn: string): string {
  return `INV-${issuedOn.slice(0, 4)}-${String(number).padStart(6, '0')}`;
}
