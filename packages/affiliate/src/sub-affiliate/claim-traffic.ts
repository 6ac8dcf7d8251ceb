import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { selectDetail, serializeDetail } from './get-sub-affiliate.ts';
import { lockPresent } from './lock-sub-affiliates.ts';
import { day, type SubAffiliateDetail, trafficDimension } from './sub-affiliate.ts';

const mostClaims = 200;

export const trafficClaim = z
  .strictObject({
    connectionId: z.string().max(64).nullable().default(null).describe('Of this connection only; null: of every one.'),
    dimension: trafficDimension,
    value: z.string().min(1).max(200),
    isPrefix: z.boolean().default(false).describe('Whether a sub id needs only to begin with the value.'),
    fromDay: day.describe('Traffic before this day is not theirs.'),
  })
  .refine(({ dimension, isPrefix }) => !isPrefix || dimension === 'sub_id', {
    path: ['isPrefix'],
    message: 'is for sub ids only',
  });

const claimTrafficInput = z.strictObject({ subAffiliateId: z.string().max(64), claim: trafficClaim });

/**
 * Says that traffic is a sub-affiliate's from a day on. Another's wider claim gives way to it, a more particular one stays.
 * @throws AppError `not_found`; `conflict` for one who was erased; `traffic_taken` when the very same is claimed for some of those days already; `limit_reached`
 */
export const claimTraffic = verb(
  claimTrafficInput,
  async ({ tx, actor, client }: ActingContext, { subAffiliateId, claim }): Promise<SubAffiliateDetail> => {
    await tx.query(`select pg_advisory_xact_lock(hashtextextended('affiliate.sub_affiliate_traffic:' || $1, 0))`, [
      tx.orgId,
    ]);
    const { id } = await lockPresent(tx, readId('subAffiliate', subAffiliateId));
    const connectionId = claim.connectionId === null ? null : readId('connection', claim.connectionId);
    const values = [connectionId, claim.dimension, claim.value, claim.isPrefix, claim.fromDay];
    const [standing] = await tx.query<{ isKnown: boolean; claims: number; isTaken: boolean }>(standingQuery, [
      tx.orgId,
      id,
      ...values,
    ]);
    if (!standing?.isKnown) throw new AppError('not_found', 'No such object.');
    if (standing.isTaken)
      throw new AppError('traffic_taken', 'This traffic is claimed already for some of those days.');
    if (standing.claims >= mostClaims)
      throw new AppError('limit_reached', 'The sub-affiliate has as many claims as may be.');
    await tx.query(
      `insert into affiliate.sub_affiliate_traffic (org_id, sub_affiliate_id, connection_id, dimension, value, is_prefix, from_day)
       values ($1, $2, $3, $4, $5, $6, $7)`,
      [tx.orgId, id, ...values],
    );
    await recordAudit(tx, {
      actor,
      client,
      action: 'sub_affiliate.claim_traffic',
      targetType: 'subAffiliate',
      targetId: id,
      after: claim,
    });
    return serializeDetail(await selectDetail(tx.drizzle, tx.orgId, id));
  },
);

const standingQuery = `select
    $3::uuid is null or exists (select from affiliate.accounts where org_id = $1 and connection_id = $3) as "isKnown",
    (select count(*) from affiliate.sub_affiliate_traffic where org_id = $1 and sub_affiliate_id = $2) as claims,
    exists (select from affiliate.sub_affiliate_traffic
      where org_id = $1 and connection_id is not distinct from $3 and dimension = $4 and value = $5 and is_prefix = $6
        and coalesce(until_day, 'infinity') >= greatest(from_day, $7::date)) as "isTaken"`;
