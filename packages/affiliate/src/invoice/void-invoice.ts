import { recordAudit } from '@tributary/audit/record';
import { reason } from '@tributary/core/reason';
import { verb } from '@tributary/core/verb';
import { reverse } from '@tributary/ledger/reverse';
import * as z from 'zod';
import { selectInvoice, serializeDetail } from './get-invoice.ts';
import type { InvoiceRow } from './invoice.sql.ts';
import { type InvoiceDetail, invoiceId } from './invoice.ts';
import { nextStatus } from './invoice-states.ts';
import { type BillingContext, lockInvoice, outdateDrafts } from './lock-invoice.ts';

export const voidInvoiceInput = z.strictObject({
  invoiceId,
  reason: reason.describe('Kept for ever: name nobody in it.'),
});

/**
 * Takes an issued invoice back: it keeps its number, nothing of it is owed any more, and what it said is invoiced again by the next draft.
 * @throws AppError `not_found`, `illegal_move`
 */
export const voidInvoice = verb(
  voidInvoiceInput,
  async (context: BillingContext, { invoiceId, reason }): Promise<InvoiceDetail> => {
    const { tx, actor, client, now } = context;
    const locked = await lockInvoice(tx, invoiceId);
    const { row } = locked;
    const status = nextStatus(row.status, 'void');
    const reversalId = await takeBack(context, row);
    await tx.query(
      'update affiliate.invoices set status = $3, voided_at = $4, reversal_id = $5 where org_id = $1 and id = $2',
      [tx.orgId, row.id, status, now, reversalId],
    );
    await outdateDrafts(tx, locked);
    await recordAudit(tx, {
      actor,
      client,
      action: 'invoice.void',
      targetType: 'invoice',
      targetId: row.id,
      reason,
      before: { status: row.status },
      after: { status, number: row.number, totalMinor: row.totalMinor, currency: row.currency },
    });
    return serializeDetail(await selectInvoice(tx.drizzle, tx.orgId, row.id));
  },
);

async function takeBack({ tx, now }: BillingContext, { id, postingId }: InvoiceRow): Promise<string | null> {
  if (postingId === null) return null;
  const mirror = { key: `invoice:${id}:void`, postingId, kind: 'affiliate_invoice_void', effectiveAt: now };
  const reversed = await reverse(tx, mirror);
  if ('postingId' in reversed) return reversed.postingId;
  throw new Error(`the posting of an issued invoice cannot be reversed: ${reversed.outcome}`);
}
