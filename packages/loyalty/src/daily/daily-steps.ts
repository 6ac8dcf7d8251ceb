import type { TenantTransaction } from '@tributary/db/transaction';
import { purgeIdempotencyKeys } from '@tributary/identity/idempotency/purge-keys';
import { foldRecords } from '@tributary/ledger/fold';
import { expireLots, releaseLots } from '@tributary/ledger/lots';
import { lockStatuses } from '../freeze/lock-statuses.ts';
import { expireRewards } from '../redeem/expire-rewards.ts';
import { recalculateTiers } from '../tier/recalculate-tiers.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';

/** What one transaction takes on at most. */
const pageSize = 500;

/** What the daily job did to an organization, by what it was done to. */
export type DailyCounts = Partial<
  Record<'lotsActivated' | 'rewardsExpired' | 'tiersChanged' | 'lotsExpired' | 'recordsFolded' | 'keysPurged', number>
>;

export interface Turn {
  now: Date;
  /** Where the page before ended; null at the beginning. */
  after: string | null;
}

interface Page {
  /** How many it changed. */
  count: number;
  /** Where the next one begins; null when there is none. */
  after: string | null;
}

/** One transaction's worth of a step. A page that is done again changes nothing. */
export type TakePage = (tx: TenantTransaction, turn: Turn) => Promise<Page>;

export interface DailyStep {
  counts: keyof DailyCounts;
  takePage: TakePage;
}

/** Points that waited until now can be spent. */
const activatePending = sweep(whileNobodyFreezes((tx, due, except) => releaseLots(tx, { ...due, except })));

/** Rewards whose time has passed give their points back, with the dates these had. */
export const endRewards = sweep(whileNobodyFreezes(expireRewards));

/** Points whose time has passed are gone. Held ones, and those of frozen wallets, wait. */
export const expirePoints = sweep(
  whileNobodyFreezes(async (tx, due, except) =>
    expireLots(tx, { ...due, except, intoAccountId: await pointsAccount(tx, 'expired') }),
  ),
);

const changeTiers: TakePage = async (tx, { now, after }) => {
  const page = await recalculateTiers(tx, { now, limit: pageSize, ...(after !== null && { after }) });
  return { count: page.changed, after: page.after };
};

/**
 * What falls due with a day, in the order of case L35; where programmes redeem points by themselves, ours gives rewards back that
 * nobody used. Points are activated before they expire, so that what waited past its end does not stay a day longer; tiers follow
 * both. The last two keep the house clean.
 */
export const dailySteps: readonly DailyStep[] = [
  { counts: 'lotsActivated', takePage: activatePending },
  { counts: 'rewardsExpired', takePage: endRewards },
  { counts: 'tiersChanged', takePage: changeTiers },
  { counts: 'lotsExpired', takePage: expirePoints },
  { counts: 'tiersChanged', takePage: changeTiers },
  { counts: 'recordsFolded', takePage: async (tx) => ({ count: await foldRecords(tx), after: null }) },
  { counts: 'keysPurged', takePage: sweep((tx, { at, limit }) => purgeIdempotencyKeys(tx, at, limit)) },
];

interface Due {
  at: Date;
  limit: number;
}

/** Takes what is due, the oldest first, until a page finds nothing: a smaller one may only say that somebody else was faster. */
function sweep(take: (tx: TenantTransaction, due: Due) => Promise<number>): TakePage {
  return async (tx, { now }) => {
    const count = await take(tx, { at: now, limit: pageSize });
    return { count, after: count === 0 ? null : 'the same place' };
  };
}

/** Leaves alone the accounts of wallets on which nothing moves until they are unfrozen. Merged ones hold nothing. */
function whileNobodyFreezes(take: (tx: TenantTransaction, due: Due, except: string[]) => Promise<number>) {
  return async (tx: TenantTransaction, due: Due): Promise<number> => {
    await lockStatuses(tx, 'shared');
    const frozen = await tx.query<{ accountId: string; pendingAccountId: string | null }>(
      `select account_id as "accountId", pending_account_id as "pendingAccountId" from loyalty.wallets
       where org_id = $1 and status = 'frozen' and merged_into is null`,
      [tx.orgId],
    );
    const except = frozen.flatMap(({ accountId, pendingAccountId }) =>
      pendingAccountId === null ? [accountId] : [accountId, pendingAccountId],
    );
    return take(tx, due, except);
  };
}
