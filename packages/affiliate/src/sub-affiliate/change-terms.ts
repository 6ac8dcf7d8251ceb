import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { selectDetail, serializeDetail } from './get-sub-affiliate.ts';
import { lockPresent } from './lock-sub-affiliates.ts';
import { day, type Rate, rate, type SubAffiliateDetail } from './sub-affiliate.ts';

export const changeTermsInput = z.strictObject({
  subAffiliateId: z.string().max(64),
  rate,
  effectiveFrom: day.describe('Days before keep the terms they had (case A58).'),
});

/**
 * Says what a sub-affiliate gets from a day on, instead of whatever was said before of those days. Of days that were invoiced, what
 * they come to now is settled by the next invoice.
 * @throws AppError `not_found`; `conflict` for one who was erased
 */
export const changeTerms = verb(
  changeTermsInput,
  async (context: ActingContext, { subAffiliateId, ...said }): Promise<SubAffiliateDetail> => {
    const { tx, actor, client } = context;
    const { id } = await lockPresent(tx, readId('subAffiliate', subAffiliateId));
    await addTerms(context, id, said);
    await recordAudit(tx, {
      actor,
      client,
      action: 'sub_affiliate.change_terms',
      targetType: 'subAffiliate',
      targetId: id,
      after: said,
    });
    return serializeDetail(await selectDetail(tx.drizzle, tx.orgId, id));
  },
);

/** The next version, of a sub-affiliate that is locked or new. */
export async function addTerms(
  { tx, actor }: ActingContext,
  id: string,
  { rate, effectiveFrom }: { rate: Rate; effectiveFrom: string },
): Promise<void> {
  const columns = rate.kind === 'share' ? [rate.shareBps, null, null] : [null, rate.cpaMinor, rate.currency];
  await tx.query(
    `insert into affiliate.sub_affiliate_terms
       (org_id, sub_affiliate_id, version, effective_from, share_bps, cpa_minor, currency, created_by)
     select $1, $2, coalesce(max(version), 0) + 1, $3, $4, $5, $6, $7
     from affiliate.sub_affiliate_terms where org_id = $1 and sub_affiliate_id = $2`,
    [tx.orgId, id, effectiveFrom, ...columns, actor],
  );
}
