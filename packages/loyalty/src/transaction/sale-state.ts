import type { LineItem, ProviderName } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { statusLock } from '../freeze/lock-statuses.ts';
import { type RuleConfig, readRuleConfig } from '../rule/rule-config.ts';

export interface SaleKey {
  provider: ProviderName;
  /** The provider's id of the payment. */
  externalId: string;
}

/** A wallet as far as a sale needs it; one that was merged stands for the one its points went to. */
export interface SaleWallet {
  id: string;
  customerId: string;
  accountId: string;
  /** Where points wait until they can be spent; null before the first did. */
  pendingAccountId: string | null;
  status: 'active' | 'frozen';
}

/** What was decided for one wallet and one sale so far. Signed: what a clawback takes is negative. */
export interface PostedPoints {
  wallet: SaleWallet;
  kind: 'earn' | 'clawback';
  /** Net of what moved. */
  points: number;
  /** Net of what should have moved and did not: over a limit, or spent before it could be taken back. */
  waived: number;
  /** How many decisions make it up. */
  events: number;
}

/** A reward that was used on a sale. */
export interface UsedReward {
  id: string;
  ruleId: string;
  postingId: string;
  points: number;
  valueMinor: number;
  appliedAs: 'discount' | 'tender';
  wallet: SaleWallet;
  /** Whether the wallet it was taken from is another one by now. */
  moved: boolean;
  /** Whether its points were given back. */
  returned: boolean;
}

export interface SaleRule {
  id: string;
  config: RuleConfig;
  currency: string;
}

/** Everything that decides which points a sale should have earned, and what it earned already. */
export interface SaleState {
  transactionId: string;
  provider: string;
  status: 'pending' | 'completed' | 'cancelled' | 'failed';
  amountMinor: number;
  tipMinor: number;
  taxMinor: number;
  /** What the payment itself says was refunded. */
  refundedMinor: number;
  /** Σ of the completed refunds we know of. */
  refundsMinor: number;
  currency: string;
  lines: readonly LineItem[] | null;
  /** Of its customer; null for an anonymous sale. */
  wallet: SaleWallet | null;
  transactionAt: Date;
  /** Of the payment and its refunds, the latest. */
  latestVersion: Date;
  /** The one the sale was rewarded under before, else the one in force at its time. */
  rule: SaleRule | null;
  posted: readonly PostedPoints[];
  rewards: readonly UsedReward[];
  /** Of the organization. */
  timeZone: string;
  hasTiers: boolean;
}

/**
 * Serialises everything about these sales until the transaction ends. A payment and its refund may be applied by two workers at
 * once, and neither would see the other's uncommitted row. And no wallet is frozen or merged meanwhile.
 */
export async function lockSales(tx: TenantTransaction, sales: readonly SaleKey[]): Promise<void> {
  const keys = [...new Set(sales.map(({ provider, externalId }) => `${tx.orgId}:${provider}:${externalId}`))].sort();
  await tx.query(
    `with statuses as materialized (select pg_advisory_xact_lock_shared(${statusLock('$1')}))
     select pg_advisory_xact_lock(hashtextextended(key, 0)) from statuses, unnest($2::text[]) as key`,
    [tx.orgId, keys],
  );
}

/** Behind row-level security no index serves `x = coalesce(…)`; it serves the same as a CASE. */
const firstKnown = (a: string, b: string) => `case when ${a} is not null then ${a} else ${b} end`;

const walletJson = (wallet: string) => `jsonb_build_object('id', ${wallet}.id, 'customerId', ${wallet}.customer_id,
  'accountId', ${wallet}.account_id, 'pendingAccountId', ${wallet}.pending_account_id, 'status', ${wallet}.status)`;

/** The state of those sales whose payment is known, in the order of their time. */
export async function readSales(tx: TenantTransaction, sales: readonly SaleKey[]): Promise<SaleState[]> {
  const rows = await tx.query<SaleState>(
    `select t.id as "transactionId", t.provider, t.status, t.amount_minor as "amountMinor", t.tip_minor as "tipMinor",
       coalesce(t.tax_minor, 0) as "taxMinor", t.refunded_minor as "refundedMinor", refund.amount as "refundsMinor", t.currency,
       t.line_items as lines, case when w.id is not null then ${walletJson('w')} end as wallet,
       t.transaction_at as "transactionAt", greatest(t.provider_version, refund.version) as "latestVersion",
       rule.rule, reward.posted, used.rewards, o.time_zone as "timeZone",
       exists (select from loyalty.tier_settings s where s.org_id = $1) as "hasTiers"
     from (select distinct * from unnest($2::text[], $3::text[])) as wanted (provider, external_id)
     join loyalty.transactions t
       on t.org_id = $1 and t.provider = wanted.provider and t.provider_transaction_id = wanted.external_id
     join identity.organizations o on o.id = $1
     left join loyalty.customers c on c.org_id = $1 and c.id = ${firstKnown('t.customer_id', 't.linked_customer_id')}
     left join loyalty.wallets w on w.org_id = $1 and w.customer_id = ${firstKnown('c.merged_into', 'c.id')}
     cross join lateral (
       select coalesce(sum(r.amount_minor), 0)::bigint as amount, max(r.provider_version) as version from loyalty.refunds r
       where r.org_id = $1 and r.provider = t.provider and r.provider_transaction_id = t.provider_transaction_id
         and r.status = 'completed'
     ) refund
     cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object('wallet', ${walletJson('pw')}, 'kind', p.kind, 'points', p.points,
           'waived', p.waived, 'events', p.events)), '[]') as posted, (array_agg(p.rule_id))[1] as rule_id
       from (
         select ${firstKnown('ew.merged_into', 'ew.id')} as wallet_id, e.kind, sum(e.points) as points, sum(e.waived) as waived,
           count(*) as events, (array_agg(e.rule_id))[1] as rule_id
         from loyalty.reward_events e join loyalty.wallets ew on ew.org_id = $1 and ew.id = e.wallet_id
         where e.org_id = $1 and e.transaction_id = t.id and e.kind in ('earn', 'clawback')
         group by 1, e.kind
       ) p join loyalty.wallets pw on pw.org_id = $1 and pw.id = p.wallet_id
     ) reward
     cross join lateral (
       select coalesce(jsonb_agg(jsonb_build_object('id', r.id, 'ruleId', r.rule_id, 'postingId', r.posting_id, 'points', r.points,
           'valueMinor', r.value_minor, 'appliedAs', r.applied_as, 'wallet', ${walletJson('rw')}, 'moved', rw.id <> r.wallet_id,
           'returned', exists (select from ledger.reversals v where v.org_id = $1 and v.posting_id = r.posting_id)) order by r.id), '[]') as rewards
       from loyalty.rewards r join loyalty.wallets fw on fw.org_id = $1 and fw.id = r.wallet_id
       join loyalty.wallets rw on rw.org_id = $1 and rw.id = ${firstKnown('fw.merged_into', 'fw.id')}
       where r.org_id = $1 and r.provider = t.provider and r.provider_transaction_id = t.provider_transaction_id and r.status = 'redeemed'
     ) used
     left join lateral (
       select jsonb_build_object('id', r.id, 'config', r.config, 'currency', r.currency) as rule from loyalty.reward_rules r
       where r.org_id = $1 and case when reward.rule_id is null then r.effective_from <= t.transaction_at else r.id = reward.rule_id end
       order by r.effective_from desc, r.version desc limit 1
     ) rule on true
     order by t.transaction_at, t.id`,
    [tx.orgId, sales.map(({ provider }) => provider), sales.map(({ externalId }) => externalId)],
  );
  return rows.map((row) => ({
    ...row,
    rule: row.rule && { ...row.rule, config: readRuleConfig(row.rule.config) },
  }));
}
