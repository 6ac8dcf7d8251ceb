import type { TenantTransaction } from '@tributary/db/transaction';
import { lockAccounts } from '@tributary/ledger/accounts';
import { type Posting, postAll } from '@tributary/ledger/post';
import { reverse } from '@tributary/ledger/reverse';
import { computeMerge } from '../customer/compute-merge.ts';
import { lockHoldings } from '../customer/lock-pair.ts';
import { computeLotDates } from '../expiry/compute-expiry.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { openPendingAccounts } from '../wallet/wallet-accounts.ts';
import {
  computeRewards,
  dayOf,
  isDue,
  isUndone,
  needsFunds,
  type RewardChange,
  type WalletFunds,
} from './compute-rewards.ts';
import type { SaleState, SaleWallet, UsedReward } from './sale-state.ts';

interface Decision extends RewardChange {
  sale: SaleState;
  /** Of its posting. */
  key: string;
}

/**
 * Posts the difference between what these sales should have moved and what they have, in a fixed number of statements. Nothing moves
 * on a frozen wallet: what its sales are due is made good once it is unfrozen. The sales are locked.
 */
export async function settleSales(tx: TenantTransaction, sales: readonly SaleState[], now: Date): Promise<void> {
  const movable = sales.filter((sale) => walletsOf(sale).every(({ status }) => status === 'active'));
  await returnRewards(tx, movable);
  const due = movable.filter(isDue);
  if (due.length === 0) return;
  await openPendingFor(tx, due, now);
  const context = {
    now,
    // All of them or none: whoever locks some accounts first and others later can meet a deadlock.
    funds: await lockFunds(tx, due.some(needsFunds) ? due : []),
  };
  const decisions = due.flatMap((sale) =>
    computeRewards(sale, context).map((change) => ({
      ...change,
      sale,
      key: `${change.kind}:${sale.transactionId}:${change.wallet.id}:${change.sequence}`,
    })),
  );
  await postDecisions(tx, decisions);
}

const walletsOf = ({ wallet, posted }: SaleState): SaleWallet[] => [
  ...(wallet ? [wallet] : []),
  ...posted.map((one) => one.wallet),
];

/** Makes the account in which points wait, for wallets that come to need it, and notes it in the sales. */
async function openPendingFor(tx: TenantTransaction, sales: readonly SaleState[], now: Date): Promise<void> {
  const wanting = sales.flatMap(({ wallet, rule, transactionAt, timeZone }) => {
    if (!wallet || wallet.pendingAccountId !== null || !rule || rule.config.pendingDays === 0) return [];
    const { availableAt } = computeLotDates(transactionAt, rule.config, timeZone);
    return availableAt !== null && availableAt > now ? [wallet] : [];
  });
  if (wanting.length === 0) return;
  const accounts = await openPendingAccounts(
    tx,
    wanting.map(({ customerId }) => customerId),
  );
  for (const wallet of wanting) wallet.pendingAccountId = accounts.get(wallet.customerId) ?? null;
}

/** What the wallets of these sales hold, locked, with every account a posting about them may touch. */
async function lockFunds(tx: TenantTransaction, sales: readonly SaleState[]): Promise<Map<string, WalletFunds>> {
  const wallets = [...new Map(sales.flatMap(walletsOf).map((wallet) => [wallet.id, wallet])).values()];
  if (wallets.length === 0) return new Map();
  const accounts = await lockAccounts(
    tx,
    wallets.flatMap(({ accountId, pendingAccountId }) => [accountId, ...(pendingAccountId ? [pendingAccountId] : [])]),
  );
  const [pending, earned] = [await readPending(tx, wallets), await readEarned(tx, wallets, sales)];
  return new Map(
    wallets.map((wallet) => [
      wallet.id,
      {
        available: accounts.get(wallet.accountId)?.available ?? 0,
        pendingByOrigin: new Map(
          pending.flatMap((lot) => (lot.accountId === wallet.pendingAccountId ? [[lot.origin, lot.points]] : [])),
        ),
        earnedOn: new Map(earned.flatMap((one) => (one.walletId === wallet.id ? [[one.day, one.points]] : []))),
      },
    ]),
  );
}

function readPending(tx: TenantTransaction, wallets: readonly SaleWallet[]) {
  return tx.query<{ accountId: string; origin: string; points: number }>(
    `select account_id as "accountId", origin, sum(remaining)::bigint as points from ledger.lots
     where org_id = $1 and account_id = any ($2) and remaining > 0 and origin is not null group by account_id, origin`,
    [tx.orgId, wallets.flatMap(({ pendingAccountId }) => (pendingAccountId ? [pendingAccountId] : []))],
  );
}

/** What these wallets earned on the business days of these sales, where a rule limits it. */
async function readEarned(tx: TenantTransaction, wallets: readonly SaleWallet[], sales: readonly SaleState[]) {
  const limited = sales.filter(({ rule }) => rule && rule.config.limits.pointsEarnedPerDay !== null);
  if (limited.length === 0) return [];
  const days = [...new Set(limited.map(dayOf))].sort();
  // A day begins somewhere within 14 hours of the one in UTC: by these bounds the sales are found, by their days they count.
  return tx.query<{ walletId: string; day: string; points: number }>(
    `select coalesce(w.merged_into, w.id) as "walletId",
       (t.transaction_at at time zone $4)::date::text as day, sum(e.points)::bigint as points
     from loyalty.wallets w
     join loyalty.transactions t on t.org_id = $1
       and (t.customer_id = w.customer_id or t.customer_id is null and t.linked_customer_id = w.customer_id)
       and t.transaction_at > $5::date - interval '1 day' and t.transaction_at < $6::date + interval '2 days'
     join loyalty.reward_events e on e.org_id = $1 and e.transaction_id = t.id and e.wallet_id = w.id and e.kind = 'earn'
     where w.org_id = $1 and (w.id = any ($2) or w.merged_into = any ($2))
       and (t.transaction_at at time zone $4)::date = any ($3::date[])
     group by 1, 2`,
    [tx.orgId, wallets.map(({ id }) => id), days, limited[0]?.timeZone, days[0], days.at(-1)],
  );
}

async function postDecisions(tx: TenantTransaction, decisions: readonly Decision[]): Promise<void> {
  const moving = decisions.filter(({ points }) => points !== 0);
  const issuedId = moving.length > 0 ? await pointsAccount(tx, 'issued') : '';
  const posted = await postAll(
    tx,
    moving.map(
      ({ key, kind, points, legs, overdraw, sale }): Posting => ({
        key,
        kind,
        effectiveAt: kind === 'earn' ? sale.transactionAt : sale.latestVersion,
        ...(overdraw && { overdraw }),
        legs: [{ accountId: issuedId, amount: -points }, ...legs],
      }),
    ),
  );
  const postingIds = new Map(posted.map(({ key, postingId }) => [key, postingId]));
  await noteEvents(
    tx,
    decisions.map(({ sale, wallet, kind, points, waived, key }) => ({
      walletId: wallet.id,
      transactionId: sale.transactionId,
      ruleId: sale.rule?.id ?? '',
      kind,
      points,
      waived,
      postingId: postingIds.get(key) ?? null,
    })),
  );
}

interface RewardEvent {
  walletId: string;
  transactionId: string;
  /** Goes with the reward: a later refund is computed by the rule the sale was rewarded under (case L43). */
  ruleId: string;
  kind: RewardChange['kind'] | 'return';
  points: number;
  waived: number;
  postingId: string | null;
}

async function noteEvents(tx: TenantTransaction, events: readonly RewardEvent[]): Promise<void> {
  if (events.length === 0) return;
  const column = <Key extends keyof RewardEvent>(key: Key) => events.map((event) => event[key]);
  await tx.query(
    `insert into loyalty.reward_events (org_id, wallet_id, transaction_id, rule_id, kind, points, waived, posting_id)
     select $1, r.* from unnest($2::uuid[], $3::uuid[], $4::uuid[], $5::text[], $6::bigint[], $7::bigint[], $8::uuid[]) as r`,
    [
      tx.orgId,
      column('walletId'),
      column('transactionId'),
      column('ruleId'),
      column('kind'),
      column('points'),
      column('waived'),
      column('postingId'),
    ],
  );
}

/** Gives points back that paid for a sale of which nothing is left, with the dates they had (cases L44, L47). */
async function returnRewards(tx: TenantTransaction, sales: readonly SaleState[]): Promise<void> {
  for (const sale of sales.filter(isUndone)) {
    for (const reward of sale.rewards.filter(({ returned, wallet }) => !returned && wallet.status === 'active')) {
      const postingId = await returnReward(tx, sale, reward);
      const { wallet, ruleId, points } = reward;
      const { transactionId } = sale;
      await noteEvents(tx, [
        { walletId: wallet.id, transactionId, ruleId, kind: 'return', points, waived: 0, postingId },
      ]);
    }
  }
}

async function returnReward(tx: TenantTransaction, sale: SaleState, { id, postingId, wallet, moved }: UsedReward) {
  const reversed = await reverse(tx, {
    key: `return:${id}`,
    postingId,
    kind: 'return',
    effectiveAt: sale.latestVersion,
  });
  if (!('postingId' in reversed)) throw new Error(`a reward could not be returned: ${reversed.outcome}`);
  if (!moved) return reversed.postingId;
  // The wallet it came from was merged into another meanwhile: on to that one.
  const [from] = await tx.query<{ accountId: string }>(
    `select w.account_id as "accountId" from loyalty.rewards r join loyalty.wallets w on w.org_id = $1 and w.id = r.wallet_id
     where r.org_id = $1 and r.id = $2`,
    [tx.orgId, id],
  );
  const fromAccountId = from?.accountId ?? '';
  const holding = (await lockHoldings(tx, [fromAccountId])).get(fromAccountId);
  if (!holding) throw new Error('a wallet has no account');
  const { accountId } = wallet;
  const legs = computeMerge({ fromAccountId, intoAccountId: accountId, releasesTo: accountId, ...holding });
  const [forwarded] = await postAll(tx, [
    { key: `return:${id}:merged`, kind: 'merge', effectiveAt: sale.latestVersion, legs },
  ]);
  return forwarded?.postingId ?? null;
}
