import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError, invalidFields } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { selectDetail, serializeDetail } from './get-sub-affiliate.ts';
import { lockSubAffiliate } from './lock-sub-affiliates.ts';
import { day, type SubAffiliateDetail } from './sub-affiliate.ts';

export const releaseTrafficInput = z.strictObject({
  subAffiliateId: z.string().max(64),
  trafficId: z.string().max(64),
  untilDay: day.describe('The last day; the day before the first for traffic that never was theirs.'),
});

/**
 * Ends a claim. What was invoiced of later days is taken back by the next invoice.
 * @throws AppError `not_found`; `conflict` for a claim that was ended; `validation_failed` for an end before its beginning
 */
export const releaseTraffic = verb(
  releaseTrafficInput,
  async (
    { tx, actor, client }: ActingContext,
    { subAffiliateId, trafficId, untilDay },
  ): Promise<SubAffiliateDetail> => {
    const { id } = await lockSubAffiliate(tx, readId('subAffiliate', subAffiliateId));
    const key = [tx.orgId, id, readId('traffic', trafficId)];
    const [claim] = await tx.query<{ isEnded: boolean; endsInTime: boolean }>(
      `select until_day is not null as "isEnded", $4::date >= from_day - 1 as "endsInTime"
       from affiliate.sub_affiliate_traffic where org_id = $1 and sub_affiliate_id = $2 and id = $3`,
      [...key, untilDay],
    );
    if (!claim) throw new AppError('not_found', 'No such object.');
    if (claim.isEnded) throw new AppError('conflict', 'The claim was ended before.');
    if (!claim.endsInTime) throw invalidFields([{ path: 'untilDay', message: 'must not be before the claim began' }]);
    await tx.query(
      'update affiliate.sub_affiliate_traffic set until_day = $4 where org_id = $1 and sub_affiliate_id = $2 and id = $3',
      [...key, untilDay],
    );
    await recordAudit(tx, {
      actor,
      client,
      action: 'sub_affiliate.release_traffic',
      targetType: 'subAffiliate',
      targetId: id,
      after: { trafficId, untilDay },
    });
    return serializeDetail(await selectDetail(tx.drizzle, tx.orgId, id));
  },
);
