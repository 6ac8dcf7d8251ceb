import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { type Reader, readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { type InvoiceRow, invoiceLines, invoices, type LineRow } from './invoice.sql.ts';
import { type InvoiceDetail, invoiceId, serializeInvoice, serializeLine } from './invoice.ts';

const getInvoiceInput = z.strictObject({ invoiceId });

/** @throws AppError `not_found`. */
export const getInvoice = verb(
  getInvoiceInput,
  async (context: TenantContext, { invoiceId }): Promise<InvoiceDetail> => {
    const id = readId('invoice', invoiceId);
    return serializeDetail(await readTenant(context, (reader) => selectInvoice(reader, context.orgId, id)));
  },
);

export interface InvoiceWithLines {
  invoice: InvoiceRow;
  lines: LineRow[];
}

/** Of an invoice, in their order. @param id a UUID */
export const linesOf = (orgId: string, id: string) =>
  sql<
    LineRow[]
  >`(select coalesce(jsonb_agg(jsonb_build_object('position', l.position, 'kind', l.kind, 'connectionId', l.connection_id,
    'brand', l.brand, 'month', l.month, 'basisMinor', l.basis_minor, 'shareBps', l.share_bps, 'ftdCount', l.ftd_count, 'cpaMinor', l.cpa_minor,
    'dueMinor', l.due_minor, 'invoicedMinor', l.invoiced_minor, 'amountMinor', l.amount_minor) order by l.position), '[]')
    from ${invoiceLines} l where l.org_id = ${orgId} and l.invoice_id = ${id})`;

export function selectInvoice(reader: Reader, orgId: string, id: string) {
  return reader
    .select({ invoice: invoices, lines: linesOf(orgId, id) })
    .from(invoices)
    .where(and(eq(invoices.orgId, orgId), eq(invoices.id, id)));
}

/** @throws AppError `not_found` when there is no row. */
export function serializeDetail([row]: readonly InvoiceWithLines[]): InvoiceDetail {
  if (!row) throw new AppError('not_found', 'No such object.');
  return { ...serializeInvoice(row.invoice), lines: row.lines.map(serializeLine) };
}
