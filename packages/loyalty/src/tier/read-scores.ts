import type { TenantTransaction } from '@tributary/db/transaction';
import { lifetimePoints } from './lifetime-points.ts';
import type { TierConfig } from './tier-config.ts';

/** Which wallets, in the order of their ids: these, or all behind one. */
export interface WalletRange {
  /** UUIDs. */
  walletIds?: readonly string[] | undefined;
  after?: string | undefined;
  limit: number;
}

/** What a wallet counts towards its tier, and the tier it holds. */
export interface WalletScore {
  walletId: string;
  tier: string | null;
  tierExpiresAt: Date | null;
  score: number;
}

/** Scores of wallets that may move: one statement. A customer counts with all that was merged into it. */
export function readScores(
  tx: TenantTransaction,
  range: WalletRange,
  { basis, periodMonths }: Pick<TierConfig, 'basis' | 'periodMonths'>,
  now: Date,
): Promise<WalletScore[]> {
  // Points of all time, whatever the period, which then only says how long a tier is kept.
  const months = basis === 'lifetime_points' ? null : periodMonths;
  return (basis === 'spend' ? readSpend : readPoints)(tx, range, { months, now });
}

interface Period {
  /** Null: ever. */
  months: number | null;
  now: Date;
}

const lowestId = '00000000-0000-0000-0000-000000000000';

/** Parameters $1 to $5, and $6 where wallets are named. */
const parametersOf = ({ orgId }: TenantTransaction, { walletIds, after, limit }: WalletRange, period: Period) => [
  orgId,
  after ?? lowestId,
  limit,
  period.months,
  period.now,
  ...(walletIds ? [walletIds] : []),
];

/** What the statements begin with. Two texts and so two plans: one for a few wallets, one for a stretch of all. */
const wantedWallets = ({ walletIds }: WalletRange) => `wanted as materialized (
    select w.id, w.customer_id, w.tier, w.tier_expires_at from loyalty.wallets w
    where w.org_id = $1 and w.status = 'active' and w.id > $2::uuid ${walletIds ? 'and w.id = any ($6::uuid[])' : ''}
    order by w.id limit $3
  ), since as materialized (
    select coalesce(($5::timestamptz at time zone 'UTC' - make_interval(months => $4::int)) at time zone 'UTC', '-infinity') as start
  )`;
const scored = 'w.id as "walletId", w.tier, w.tier_expires_at as "tierExpiresAt"';

/** What a sale gave and what was taken back of it counts at the time of the sale; other postings at their own. */
async function readPoints(tx: TenantTransaction, range: WalletRange, period: Period): Promise<WalletScore[]> {
  type Sums = Omit<WalletScore, 'score'> & { earned: number; clawedBack: number; adjustedUp: number };
  const rows = await tx.query<Sums>(
    `with ${wantedWallets(range)}
     select ${scored}, coalesce(sum(leg.amount) filter (where leg.kind = 'earn'), 0)::bigint as earned,
       coalesce(-sum(leg.amount) filter (where leg.kind = 'clawback'), 0)::bigint as "clawedBack",
       coalesce(sum(leg.amount) filter (where leg.kind = 'adjust' and leg.amount > 0), 0)::bigint as "adjustedUp"
     from wanted w cross join since left join lateral (
       select p.kind, e.amount, coalesce(t.transaction_at, p.effective_at) as counts_at
       from loyalty.wallets own
       join ledger.entries e on e.org_id = $1 and e.account_id in (own.account_id, own.pending_account_id)
       join ledger.postings p on p.org_id = $1 and p.id = e.posting_id and p.kind in ('earn', 'clawback', 'adjust')
       left join loyalty.reward_events r on r.org_id = $1 and r.posting_id = e.posting_id
       left join loyalty.transactions t on t.org_id = $1 and t.id = r.transaction_id
       where own.org_id = $1 and (own.id = w.id or own.merged_into = w.id)
     ) leg on leg.counts_at > since.start
     group by w.id, w.tier, w.tier_expires_at order by w.id`,
    parametersOf(tx, range, period),
  );
  return rows.map(({ walletId, tier, tierExpiresAt, ...sums }) => ({
    walletId,
    tier,
    tierExpiresAt,
    score: lifetimePoints(sums),
  }));
}

/**
 * Completed sales in the organization's base currency, without tips, less the share of them that was refunded (rounded down, as
 * for points). Which customer a sale is by: as for points.
 */
function readSpend(tx: TenantTransaction, range: WalletRange, period: Period): Promise<WalletScore[]> {
  return tx.query<WalletScore>(
    `with ${wantedWallets(range)}, buyer as materialized (
       select w.id as wallet_id, c.id from wanted w
       join loyalty.customers c on c.org_id = $1 and (c.id = w.customer_id or c.merged_into = w.customer_id)
     ), sale as (
       select b.wallet_id, t.* from buyer b join loyalty.transactions t on t.org_id = $1 and t.customer_id = b.id
       union all
       select b.wallet_id, t.* from buyer b
       join loyalty.transactions t on t.org_id = $1 and t.linked_customer_id = b.id and t.customer_id is null
     ), net as (
       select s.wallet_id, s.amount_minor - div(s.amount_minor::numeric * least(refund.amount, paid), greatest(paid, 1)) as amount
       from sale s cross join since join identity.organizations o on o.id = $1
       cross join lateral (
         select greatest(s.refunded_minor, coalesce(sum(r.amount_minor), 0)) as amount from loyalty.refunds r
         where r.org_id = $1 and r.provider = s.provider and r.provider_transaction_id = s.provider_transaction_id
           and r.status = 'completed'
       ) refund
       cross join lateral (select s.amount_minor::numeric + s.tip_minor as paid) total
       where s.status = 'completed' and s.currency = o.base_currency and s.transaction_at > since.start
     )
     select ${scored}, coalesce(sum(net.amount), 0)::bigint as score
     from wanted w left join net on net.wallet_id = w.id group by w.id, w.tier, w.tier_expires_at order by w.id`,
    parametersOf(tx, range, period),
  );
}
