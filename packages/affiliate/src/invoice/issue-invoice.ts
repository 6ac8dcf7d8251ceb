import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { postAll } from '@tributary/ledger/post';
import * as z from 'zod';
import { computeDueDay, lastDayOf } from './compute-due-day.ts';
import { selectInvoice, serializeDetail } from './get-invoice.ts';
import { type InvoiceDetail, invoiceId } from './invoice.ts';
import { invoiceAccounts } from './invoice-accounts.ts';
import { nextStatus } from './invoice-states.ts';
import { type BillingContext, type LockedInvoice, lockInvoice, outdateDrafts } from './lock-invoice.ts';

const issueInvoiceInput = z.strictObject({ invoiceId });

/**
 * Issues a draft as it was computed: it gets the organization's next number, and what it comes to is owed from now on. It never changes
 * afterwards. Its number is drawn last, so that others wait for no more than the commit.
 * @throws AppError `not_found`, `illegal_move`; `draft_outdated` when another invoice of the sub-affiliate in its currency was issued or voided since
 * it was computed; `month_not_over`, in the organization's time zone; `nothing_to_invoice` for a draft without lines
 */
export const issueInvoice = verb(
  issueInvoiceInput,
  async (context: BillingContext, { invoiceId }): Promise<InvoiceDetail> => {
    const { tx, actor, client, now } = context;
    const locked = await lockInvoice(tx, invoiceId);
    const { row, subAffiliate } = locked;
    const status = nextStatus(row.status, 'issue');
    if (row.billed !== subAffiliate.billed)
      throw new AppError('draft_outdated', 'Another invoice was issued or voided since: compute the draft again.');
    const circumstances = await readCircumstances(tx, row.id, now);
    if (circumstances.lines === 0) throw new AppError('nothing_to_invoice', 'The draft has no lines.');
    if (circumstances.today <= lastDayOf(row.month).toString())
      throw new AppError('month_not_over', 'The month is not over.');
    const postingId = await postIssue(context, locked);
    await outdateDrafts(tx, locked);
    const number = await drawNumber(tx);
    await tx.query(
      `update affiliate.invoices set status = $3, number = $4, issued_at = $5, issued_on = $6, due_on = $7, issuer_name = $8, payee_name = $9,
         posting_id = $10 where org_id = $1 and id = $2`,
      [
        ...[
          tx.orgId,
          row.id,
          status,
          number,
          now,
          circumstances.today,
          computeDueDay(row.month, subAffiliate.paymentTerms),
        ],
        ...[circumstances.issuerName, subAffiliate.name, postingId],
      ],
    );
    await recordAudit(tx, {
      actor,
      client,
      action: 'invoice.issue',
      targetType: 'invoice',
      targetId: row.id,
      before: { status: row.status },
      after: { status, number, totalMinor: row.totalMinor, currency: row.currency },
    });
    return serializeDetail(await selectInvoice(tx.drizzle, tx.orgId, row.id));
  },
);

interface Circumstances {
  lines: number;
  /** The day in the organization's time zone, YYYY-MM-DD. */
  today: string;
  issuerName: string;
}

async function readCircumstances(tx: TenantTransaction, id: string, now: Date): Promise<Circumstances> {
  const [found] = await tx.query<Circumstances>(
    `select (select count(*) from affiliate.invoice_lines where org_id = $1 and invoice_id = $2) as lines,
       ($3::timestamptz at time zone o.time_zone)::date::text as today, coalesce(o.white_label ->> 'name', o.name) as "issuerName"
     from identity.organizations o where o.id = $1`,
    [tx.orgId, id, now],
  );
  return found as Circumstances;
}

/** Nothing is posted for nothing. */
async function postIssue({ tx, now }: BillingContext, { row }: LockedInvoice): Promise<string | null> {
  if (row.totalMinor === 0) return null;
  const { payable, expense } = await invoiceAccounts(tx, row);
  const legs = [
    { accountId: expense, amount: -row.totalMinor },
    { accountId: payable, amount: row.totalMinor },
  ];
  const [posted] = await postAll(tx, [
    { key: `invoice:${row.id}:issue`, kind: 'affiliate_invoice', effectiveAt: now, legs },
  ]);
  return posted?.postingId ?? null;
}

/** The row stays locked until the transaction ends: whoever gives up gives the number back. */
async function drawNumber(tx: TenantTransaction): Promise<number> {
  const [drawn] = await tx.query<{ number: number }>(
    `insert into affiliate.invoice_numbers as n (org_id, last_number) values ($1, 1)
     on conflict (org_id) do update set last_number = n.last_number + 1 returning last_number as number`,
    [tx.orgId],
  );
  return (drawn as { number: number }).number;
}
