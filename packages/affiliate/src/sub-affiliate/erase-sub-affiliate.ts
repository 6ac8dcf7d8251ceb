import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { readId, showId } from '@tributary/core/ids';
import { reason } from '@tributary/core/reason';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { lockSubAffiliate } from './lock-sub-affiliates.ts';

export const eraseSubAffiliateInput = z.strictObject({
  subAffiliateId: z.string().max(64),
  reason: reason.describe('Kept for ever: name nobody in it.'),
});

export const subAffiliateErasure = z
  .strictObject({
    subAffiliateId: z.string().describe('Stays, and tells nothing of the person.'),
    erasedAt: z.iso.datetime(),
    nameKeptUntil: z.iso
      .date()
      .nullable()
      .describe('The last day on which the law keeps their name on an invoice that was issued; null: none has it.'),
  })
  .meta({ id: 'SubAffiliateErasure', description: 'A sub-affiliate was erased.' });

type SubAffiliateErasure = z.infer<typeof subAffiliateErasure>;

interface ErasingContext extends ActingContext {
  now: Date;
}

/**
 * Takes out who a sub-affiliate is. Terms, claims and what was posted stay, under nobody's name; so do issued invoices, with the name for
 * as long as the law keeps it (`forgetPayees`). Drafts are gone, and there will be none: whoever is owed more is to be invoiced before.
 * Erasing them again changes nothing.
 * @throws AppError `not_found`
 */
export const eraseSubAffiliate = verb(
  eraseSubAffiliateInput,
  async ({ tx, actor, client, now }: ErasingContext, { subAffiliateId, reason }): Promise<SubAffiliateErasure> => {
    const { id, erasedAt } = await lockSubAffiliate(tx, readId('subAffiliate', subAffiliateId));
    const kept = await readKept(tx, id);
    if (erasedAt !== null) return show(id, erasedAt, kept);
    const drafts = await discardDrafts(tx, id);
    await tx.query(
      `update affiliate.sub_affiliates set name = 'Erased', email = null, status = 'archived', erased_at = $3, forget_from = $4::date + 1
       where org_id = $1 and id = $2`,
      [tx.orgId, id, now, kept.firstUntil],
    );
    await eraseAnswers(tx, id);
    await recordAudit(tx, {
      actor,
      client,
      action: 'sub_affiliate.erase',
      targetType: 'subAffiliate',
      targetId: id,
      reason,
      after: { drafts, invoicesKept: kept.invoices },
    });
    return show(id, now, kept);
  },
);

interface Kept {
  /** Issued invoices that have the name. */
  invoices: number;
  /** The last day on which the first of them keeps it, YYYY-MM-DD. */
  firstUntil: string | null;
  lastUntil: string | null;
}

const show = (id: string, erasedAt: Date, { lastUntil }: Kept): SubAffiliateErasure => ({
  subAffiliateId: showId('subAffiliate', id),
  erasedAt: erasedAt.toISOString(),
  nameKeptUntil: lastUntil,
});

async function readKept(tx: TenantTransaction, id: string): Promise<Kept> {
  const [kept] = await tx.query<Kept>(
    `select count(*)::int as invoices, min(affiliate.name_kept_until(issued_on))::text as "firstUntil",
       max(affiliate.name_kept_until(issued_on))::text as "lastUntil"
     from affiliate.invoices where org_id = $1 and sub_affiliate_id = $2 and payee_name <> 'Erased'`,
    [tx.orgId, id],
  );
  return kept as Kept;
}

async function discardDrafts(tx: TenantTransaction, id: string): Promise<number> {
  const drafts = await tx.query<{ id: string }>(
    `select id from affiliate.invoices where org_id = $1 and sub_affiliate_id = $2 and status = 'draft'`,
    [tx.orgId, id],
  );
  const keys = [tx.orgId, drafts.map((draft) => draft.id)];
  await tx.query('delete from affiliate.invoice_lines where org_id = $1 and invoice_id = any ($2)', keys);
  await tx.query('delete from affiliate.invoices where org_id = $1 and id = any ($2)', keys);
  return drafts.length;
}

/**
 * Answers that show them, kept for requests that are sent again. Their keys stay taken, for another request than any that was sent: who
 * sends one again is refused, and adds nobody. What only mentions their id names nobody.
 */
async function eraseAnswers(tx: TenantTransaction, id: string): Promise<void> {
  await tx.query(
    `update identity.idempotency_keys set response = '{}', request_hash = uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())
     where org_id = $1 and strpos(response, $2) > 0`,
    [tx.orgId, `"id":"${showId('subAffiliate', id)}"`],
  );
}
