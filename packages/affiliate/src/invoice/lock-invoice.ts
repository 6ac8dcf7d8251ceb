import type { ActingContext } from '@tributary/audit/acting';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import type { TenantTransaction } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import { type LockedSubAffiliate, lockSubAffiliate } from '../sub-affiliate/lock-sub-affiliates.ts';
import { type InvoiceRow, invoices } from './invoice.sql.ts';

/** Who acts on invoices, and when. */
export interface BillingContext extends ActingContext {
  now: Date;
}

/** An invoice that nobody else computes, issues, pays or voids until the transaction ends, and whose it is. */
export interface LockedInvoice {
  row: InvoiceRow;
  subAffiliate: LockedSubAffiliate;
}

/** The sub-affiliate is locked first, as by everybody who changes an invoice. @param invoiceId its TypeID @throws AppError `not_found` */
export async function lockInvoice(tx: TenantTransaction, invoiceId: string): Promise<LockedInvoice> {
  const own = and(eq(invoices.orgId, tx.orgId), eq(invoices.id, readId('invoice', invoiceId)));
  const [found] = await tx.drizzle.select({ subAffiliateId: invoices.subAffiliateId }).from(invoices).where(own);
  if (!found) throw new AppError('not_found', 'No such object.');
  const subAffiliate = await lockSubAffiliate(tx, found.subAffiliateId);
  // Read again: what it was before the wait counts no more.
  const [row] = await tx.drizzle.select().from(invoices).where(own);
  if (!row) throw new AppError('not_found', 'No such object.');
  return { row, subAffiliate };
}

/** From now on every draft of theirs is out of date: what was invoiced is another now. */
export async function outdateDrafts(tx: TenantTransaction, { id }: LockedSubAffiliate): Promise<void> {
  await tx.query('update affiliate.sub_affiliates set billed = billed + 1 where org_id = $1 and id = $2', [
    tx.orgId,
    id,
  ]);
}
