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

/** From now on every draft of theirs in this currency is out of date: what was invoiced is another now. Others are as good as they were. */
export async function outdateDrafts(tx: TenantTransaction, { row, subAffiliate }: LockedInvoice): Promise<void> {
  await tx.query(
    `with moved as (update affiliate.sub_affiliates set billed = billed + 1 where org_id = $1 and id = $2 returning billed)
     update affiliate.invoices i set billed = m.billed from moved m
     where i.org_id = $1 and i.sub_affiliate_id = $2 and i.status = 'draft' and i.currency <> $3 and i.billed = m.billed - 1`,
    [tx.orgId, subAffiliate.id, row.currency],
  );
}
