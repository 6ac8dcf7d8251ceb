import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { invoiceId } from './invoice.ts';
import { type BillingContext, lockInvoice } from './lock-invoice.ts';

const discardDraftInput = z.strictObject({ invoiceId });

export const discardedDraft = z.strictObject({ id: z.string() }).meta({ id: 'DiscardedDraft' });

/** Removes a draft: a later month's draft then has what its month comes to. @throws AppError `not_found`; `illegal_move` once it was issued */
export const discardDraft = verb(
  discardDraftInput,
  async ({ tx, actor, client }: BillingContext, { invoiceId }): Promise<z.infer<typeof discardedDraft>> => {
    const { row } = await lockInvoice(tx, invoiceId);
    if (row.status !== 'draft') throw new AppError('illegal_move', `The invoice is ${row.status}.`);
    const key = [tx.orgId, row.id];
    await tx.query('delete from affiliate.invoice_lines where org_id = $1 and invoice_id = $2', key);
    await tx.query('delete from affiliate.invoices where org_id = $1 and id = $2', key);
    await recordAudit(tx, {
      actor,
      client,
      action: 'invoice.discard',
      targetType: 'invoice',
      targetId: row.id,
      before: { month: row.month, totalMinor: row.totalMinor, currency: row.currency },
    });
    return { id: invoiceId };
  },
);
