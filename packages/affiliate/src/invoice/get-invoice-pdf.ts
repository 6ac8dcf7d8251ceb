import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { linesOf } from './get-invoice.ts';
import { invoices } from './invoice.sql.ts';
import { invoiceId, showNumber } from './invoice.ts';
import { type PrintedInvoice, renderInvoice } from './render-invoice.ts';

const getInvoicePdfInput = z.strictObject({ invoiceId });

interface InvoicePdf {
  fileName: string;
  bytes: Buffer<ArrayBuffer>;
}

/** An invoice as a PDF: with the names it was issued with, a draft with those of now. @throws AppError `not_found` */
export const getInvoicePdf = verb(
  getInvoicePdfInput,
  async (context: TenantContext, { invoiceId }): Promise<InvoicePdf> => {
    const printed = await readPrinted(context, readId('invoice', invoiceId));
    const { number, issuedOn } = printed.invoice;
    return {
      fileName: `${number === null || issuedOn === null ? 'draft' : showNumber(number, issuedOn)}.pdf`,
      bytes: Buffer.from(await renderInvoice(printed)),
    };
  },
);

async function readPrinted(context: TenantContext, id: string): Promise<PrintedInvoice> {
  const { orgId } = context;
  const [row] = await readTenant(context, (reader) =>
    reader
      .select({
        invoice: invoices,
        lines: linesOf(orgId, id),
        issuerName: sql<string>`coalesce(${invoices.issuerName},
          (select coalesce(o.white_label ->> 'name', o.name) from identity.organizations o where o.id = ${orgId}))`,
        payeeName: sql<string>`coalesce(${invoices.payeeName}, (select s.name from affiliate.sub_affiliates s
          where s.org_id = ${orgId} and s.id = ${invoices.subAffiliateId}))`,
      })
      .from(invoices)
      .where(and(eq(invoices.orgId, orgId), eq(invoices.id, id))),
  );
  if (!row) throw new AppError('not_found', 'No such object.');
  return row;
}
