import { recordAudit } from '@tributary/audit/record';
import { verb } from '@tributary/core/verb';
import { postAll } from '@tributary/ledger/post';
import * as z from 'zod';
import { selectInvoice, serializeDetail } from './get-invoice.ts';
import type { InvoiceRow } from './invoice.sql.ts';
import { type InvoiceDetail, invoiceId } from './invoice.ts';
import { invoiceAccounts } from './invoice-accounts.ts';
import { nextStatus } from './invoice-states.ts';
import { type BillingContext, lockInvoice } from './lock-invoice.ts';

const payInvoiceInput = z.strictObject({ invoiceId });

/** Says that an issued invoice was paid, all of it; the money moves elsewhere. For good. @throws AppError `not_found`, `illegal_move` */
export const payInvoice = verb(
  payInvoiceInput,
  async (context: BillingContext, { invoiceId }): Promise<InvoiceDetail> => {
    const { tx, actor, client, now } = context;
    const { row } = await lockInvoice(tx, invoiceId);
    const status = nextStatus(row.status, 'pay');
    const paymentId = await postPayment(context, row);
    await tx.query(
      'update affiliate.invoices set status = $3, paid_at = $4, payment_id = $5 where org_id = $1 and id = $2',
      [tx.orgId, row.id, status, now, paymentId],
    );
    await recordAudit(tx, {
      actor,
      client,
      action: 'invoice.pay',
      targetType: 'invoice',
      targetId: row.id,
      before: { status: row.status },
      after: { status, number: row.number, totalMinor: row.totalMinor, currency: row.currency },
    });
    return serializeDetail(await selectInvoice(tx.drizzle, tx.orgId, row.id));
  },
);

async function postPayment({ tx, now }: BillingContext, row: InvoiceRow): Promise<string | null> {
  if (row.totalMinor === 0) return null;
  const { payable, payouts } = await invoiceAccounts(tx, row);
  const legs = [
    { accountId: payable, amount: -row.totalMinor },
    { accountId: payouts, amount: row.totalMinor },
  ];
  const [posted] = await postAll(tx, [
    { key: `invoice:${row.id}:pay`, kind: 'affiliate_payout', effectiveAt: now, legs },
  ]);
  return posted?.postingId ?? null;
}
