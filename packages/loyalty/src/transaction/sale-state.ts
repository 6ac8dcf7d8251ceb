import type { ProviderName } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import type { RuleConfig } from '../rule/rule-config.ts';

export interface SaleKey {
  provider: ProviderName;
  /** The provider's id of the payment. */
  externalId: string;
}

/** What was posted to one wallet for one sale so far. */
export interface PostedPoints {
  walletId: string;
  accountId: string;
  kind: 'earn' | 'clawback';
  /** Net: credits minus debits of that kind. */
  points: number;
  /** How many postings make it up. */
  postings: number;
}

/** Everything that decides which points a sale should have earned, and what it earned already. */
export interface SaleState {
  transactionId: string;
  provider: string;
  status: 'pending' | 'completed' | 'cancelled' | 'failed';
  amountMinor: number;
  tipMinor: number;
  /** What the payment itself says was refunded. */
  refundedMinor: number;
  /** Σ of the completed refunds we know of. */
  refundsMinor: number;
  currency: string;
  /** The wallet of its customer, and the account behind it; null for an anonymous sale. */
  walletId: string | null;
  accountId: string | null;
  transactionAt: Date;
  /** Of the payment and its refunds, the latest. */
  latestVersion: Date;
  ruleId: string | null;
  ruleConfig: RuleConfig | null;
  ruleCurrency: string | null;
  posted: readonly PostedPoints[];
}

/**
 * Serialises everything about these sales until the transaction ends. A payment and its refund may be applied by two workers at
 * once, and neither would see the other's uncommitted row.
 */
export async function lockSales(tx: TenantTransaction, sales: readonly SaleKey[]): Promise<void> {
  const keys = [...new Set(sales.map(({ provider, externalId }) => `${tx.orgId}:${provider}:${externalId}`))].sort();
  await tx.query('select pg_advisory_xact_lock(hashtextextended(key, 0)) from unnest($1::text[]) as key', [keys]);
}

/** The state of those sales whose payment is known. The rule is the one a sale was rewarded under before, else the one in force at its time. */
export function readSales(tx: TenantTransaction, sales: readonly SaleKey[]): Promise<SaleState[]> {
  return tx.query<SaleState>(
    `select t.id as "transactionId", t.provider, t.status, t.amount_minor as "amountMinor", t.tip_minor as "tipMinor",
       t.refunded_minor as "refundedMinor", refund.amount as "refundsMinor", t.currency,
       w.id as "walletId", w.account_id as "accountId", t.transaction_at as "transactionAt",
       greatest(t.provider_version, refund.version) as "latestVersion",
       rule.id as "ruleId", rule.config as "ruleConfig", rule.currency as "ruleCurrency", reward.posted
     from (select distinct * from unnest($2::text[], $3::text[])) as wanted (provider, external_id)
     join loyalty.transactions t
       on t.org_id = $1 and t.provider = wanted.provider and t.provider_transaction_id = wanted.external_id
     left join loyalty.wallets w on w.org_id = $1 and w.customer_id = t.customer_id
     cross join lateral (
       select coalesce(sum(r.amount_minor), 0)::bigint as amount, max(r.provider_version) as version from loyalty.refunds r
       where r.org_id = $1 and r.provider = t.provider and r.provider_transaction_id = t.provider_transaction_id
         and r.status = 'completed'
     ) refund
     cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object('walletId', p.wallet_id, 'accountId', pw.account_id, 'kind', p.kind,
           'points', p.points, 'postings', p.postings)), '[]') as posted,
         (array_agg(p.rule_id))[1] as rule_id
       from (
         select e.wallet_id, e.kind, sum(e.points) as points, count(*) as postings, (array_agg(e.rule_id))[1] as rule_id
         from loyalty.reward_events e where e.org_id = $1 and e.transaction_id = t.id group by e.wallet_id, e.kind
       ) p join loyalty.wallets pw on pw.org_id = $1 and pw.id = p.wallet_id
     ) reward
     left join lateral (
       select r.id, r.config, r.currency from loyalty.reward_rules r
       where r.org_id = $1 and case when reward.rule_id is null then r.effective_from <= t.transaction_at else r.id = reward.rule_id end
       order by r.effective_from desc, r.version desc limit 1
     ) rule on true
     order by t.id`,
    [tx.orgId, sales.map(({ provider }) => provider), sales.map(({ externalId }) => externalId)],
  );
}
