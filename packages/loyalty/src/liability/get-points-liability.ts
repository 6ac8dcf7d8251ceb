import { verb } from '@tributary/core/verb';
import { type Reader, readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { ruleInForce } from '../redeem/read-terms.ts';
import { computeLiability, type PointsOfPart } from './compute-liability.ts';
import type { PointsLiability } from './points-liability.ts';

const getPointsLiabilityInput = z.strictObject({ now: z.date() });

/**
 * What the organization owes in points: all that wallets hold, which is what was posted against them with the sign turned. Points
 * whose end has passed count until they are taken back.
 */
export const getPointsLiability = verb(
  getPointsLiabilityInput,
  async (context: TenantContext, { now }): Promise<PointsLiability> => {
    const rows = await readParts(context, now);
    const parts = rows.flatMap(({ part, month, points }) => (part ? [{ part, month, points: Number(points) }] : []));
    const { config, currency = null } = rows[0] ?? {};
    return computeLiability(parts, currency === null ? null : { config, currency });
  },
);

/** Without a part where no wallet is. */
type PartRow = Pick<PointsOfPart, 'month'> & {
  part: PointsOfPart['part'] | null;
  points: string;
  config: unknown;
  /** Of the rule in force; null: none is. */
  currency: string | null;
};

/** One snapshot of all, in one statement. */
async function readParts(context: TenantContext, now: Date): Promise<PartRow[]> {
  const { rows } = await readTenant(context, (reader) =>
    reader.execute<PartRow>(selectParts(reader, context.orgId, now)),
  );
  return rows;
}

/** A lot that ends at a midnight is good to the end of the day before. */
function selectParts(reader: Reader, orgId: string, now: Date): SQL {
  return sql`with organization as materialized (
      select o.time_zone from identity.organizations o where o.id = ${orgId}
    ), part as (
      select 'available' as part, to_char((l.expires_at - interval '1 microsecond') at time zone o.time_zone, 'YYYY-MM') as month,
        sum(l.remaining) as points
      from organization o cross join loyalty.wallets w
      join ledger.lots l on l.org_id = ${orgId} and l.account_id = w.account_id and l.remaining > 0
      where w.org_id = ${orgId} group by 2
      union all
      select 'pending', to_char(l.available_at at time zone o.time_zone, 'YYYY-MM'), sum(l.remaining)
      from organization o cross join loyalty.wallets w
      join ledger.lots l on l.org_id = ${orgId} and l.account_id = w.pending_account_id and l.remaining > 0
      where w.org_id = ${orgId} group by 2
      union all
      select kept.part, null, sum(kept.points)
      from loyalty.wallets w join ledger.accounts a on a.org_id = ${orgId} and a.id in (w.account_id, w.pending_account_id)
      cross join lateral (
        values ('held', a.pending_debits::bigint), ('overdrawn', greatest(a.pending_debits - a.balance, 0))
      ) as kept (part, points)
      where w.org_id = ${orgId} group by kept.part
    )
    select p.part, p.month, p.points, rule.config, rule.currency
    from organization left join part p on true left join ${ruleInForce(reader, orgId, now)} on true
    order by p.month nulls last`;
}
