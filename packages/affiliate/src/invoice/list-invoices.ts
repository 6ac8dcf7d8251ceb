import { idPattern, readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { billedMonth } from './billed-month.ts';
import { invoices } from './invoice.sql.ts';
import { invoiceStatus, serializeInvoice } from './invoice.ts';

export const invoiceFilters = z.strictObject({
  subAffiliateId: z.string().regex(idPattern('subAffiliate'), 'must be the id of a sub-affiliate').optional(),
  status: invoiceStatus.optional(),
  month: billedMonth.optional(),
});

/** Behind the invoice with this id (a UUID). */
export const invoicePosition = z.uuid();

const listInvoicesInput = invoiceFilters.extend({ limit: z.int().positive(), after: invoicePosition.optional() });

/** Invoices without their lines, the newest first: at most `limit`, each with the position a next page continues from. */
export const listInvoices = verb(
  listInvoicesInput,
  async (context: TenantContext, { subAffiliateId, status, month, limit, after }) => {
    const wanted = and(
      eq(invoices.orgId, context.orgId),
      subAffiliateId === undefined ? undefined : eq(invoices.subAffiliateId, readId('subAffiliate', subAffiliateId)),
      status === undefined ? undefined : eq(invoices.status, status),
      month === undefined ? undefined : eq(invoices.month, `${month}-01`),
      after === undefined ? undefined : lt(invoices.id, after),
    );
    const rows = await readTenant(context, (reader) =>
      reader.select().from(invoices).where(wanted).orderBy(desc(invoices.id)).limit(limit),
    );
    return rows.map((row) => ({ item: serializeInvoice(row), position: row.id }));
  },
);
