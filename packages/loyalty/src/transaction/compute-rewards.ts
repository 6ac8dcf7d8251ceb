import type { Leg } from '@tributary/ledger/post';
import { computeLotDates } from '../expiry/compute-expiry.ts';
import { computeClawback, computeEarned } from '../rule/compute-points.ts';
import { businessDay } from './business-day.ts';
import type { PostedPoints, SaleRule, SaleState, SaleWallet } from './sale-state.ts';

/** What a wallet holds while it is locked. `computeRewards` keeps it up to date as it goes. */
export interface WalletFunds {
  /** Points that can be spent. */
  available: number;
  /** Points that wait, by the sale that earned them. */
  pendingByOrigin: Map<string, number>;
  /** Points earned, by the business day of the sale. */
  earnedOn: Map<string, number>;
}

/** One decision: points that move now, so that a wallet ends where the sale says it should, and points that should and do not. */
export interface RewardChange {
  wallet: SaleWallet;
  kind: 'earn' | 'clawback';
  /** Positive credits the wallet, negative debits it; 0 when all is waived. */
  points: number;
  /** Of the same sign as the points would have. */
  waived: number;
  /** Counts the decisions of this kind for this sale and wallet, from 1: part of the posting's key. */
  sequence: number;
  /** The wallet's side of the posting. */
  legs: Leg[];
  overdraw: boolean;
}

/** Whether a sale earns at all: completed, by a known customer, under a rule of its currency. */
export function earns({ status, wallet, rule, currency }: SaleState): boolean {
  return status === 'completed' && wallet !== null && rule !== null && rule.currency === currency;
}

/** Whether nothing is left of a sale: what was spent on it in points goes back as well. */
export function isUndone(sale: SaleState): boolean {
  const paid = sale.amountMinor + sale.tipMinor;
  return sale.status === 'cancelled' || sale.status === 'failed' || (paid > 0 && refundedOf(sale) >= paid);
}

/** Which day's earnings a limit counts: the sale's, in the organization's time zone. */
export const dayOf = ({ transactionAt, timeZone }: SaleState) => businessDay(transactionAt, timeZone);

export interface RewardContext {
  now: Date;
  /** By wallet id. Wallets that are only credited, and without limits, need none. */
  funds: ReadonlyMap<string, WalletFunds>;
}

/** Whether deciding about a sale takes what its wallets hold: something is taken back, or a day's limit counts. */
export function needsFunds(sale: SaleState): boolean {
  const limited = sale.rule?.config.limits.pointsEarnedPerDay !== null;
  return differences(sale).some(({ earn, posted, clawback }) => {
    return earn < 0 || clawback(posted.earn.points + earn) < 0 || (limited && earn > 0);
  });
}

/** Whether there is anything to decide. */
export function isDue(sale: SaleState): boolean {
  return differences(sale).some(({ earn, posted, clawback }) => earn !== 0 || clawback(posted.earn.points) !== 0);
}

/** Points that a sale should move yet, over all its wallets; what of them would be waived included. */
export function outstandingPoints(sale: SaleState): number {
  return differences(sale).reduce(
    (sum, { earn, posted, clawback }) => sum + earn + clawback(posted.earn.points + earn),
    0,
  );
}

/**
 * The difference between what a sale should have moved and what it has. Depends on its present state alone, never on how it came
 * about, so any order and any repetition of the same facts end in the same points of each kind.
 *
 * A cancelled sale takes its earnings back as `earn`, a refunded one keeps them and is debited as `clawback`. Points of a customer
 * the sale does not belong to any more go back entirely. What cannot be given or taken is waived, for good.
 */
export function computeRewards(sale: SaleState, context: RewardContext): RewardChange[] {
  return differences(sale).flatMap(({ wallet, posted, earn, clawback }) => {
    const earned = decide(sale, context, wallet, posted.earn, earn);
    const kept = posted.earn.points + (earned?.points ?? 0);
    const clawedBack = decide(sale, context, wallet, posted.clawback, clawback(kept));
    return [earned, clawedBack].filter((change) => change !== null);
  });
}

interface Difference {
  wallet: SaleWallet;
  posted: { earn: PostedPoints; clawback: PostedPoints };
  /** Points to earn, or to take back of what was earned. */
  earn: number;
  /** Points to claw back (negative) or to give back, once it is known how many were earned. */
  clawback: (kept: number) => number;
}

function differences(sale: SaleState): Difference[] {
  const wallets = new Map(sale.posted.map(({ wallet }) => [wallet.id, wallet]));
  if (sale.wallet) wallets.set(sale.wallet.id, sale.wallet);
  const target = earns(sale) && sale.rule ? computeEarned(earningOf(sale), sale.rule.config) : 0;
  return [...wallets.values()].map((wallet) => {
    const posted = { earn: postedOf(sale, wallet, 'earn'), clawback: postedOf(sale, wallet, 'clawback') };
    const own = wallet.id === sale.wallet?.id && earns(sale);
    const paid = sale.amountMinor + sale.tipMinor;
    return {
      wallet,
      posted,
      earn: (own ? target : 0) - total(posted.earn),
      clawback: (kept) => (own ? 0 - computeClawback(kept, refundedOf(sale), paid) : 0) - total(posted.clawback),
    };
  });
}

const total = ({ points, waived }: PostedPoints) => points + waived;

function postedOf(sale: SaleState, wallet: SaleWallet, kind: PostedPoints['kind']): PostedPoints {
  const none = { wallet, kind, points: 0, waived: 0, events: 0 };
  return sale.posted.find((posted) => posted.wallet.id === wallet.id && posted.kind === kind) ?? none;
}

/** The payment's own figure and its refunds are two views of one thing, and either may be the fresher one. */
const refundedOf = (sale: SaleState) => Math.max(sale.refundedMinor, sale.refundsMinor);

function earningOf({ amountMinor, taxMinor, currency, lines, rewards }: SaleState) {
  const tenders = rewards.filter(({ appliedAs }) => appliedAs === 'tender');
  const pointsPaidMinor = tenders.reduce((sum, { valueMinor }) => sum + valueMinor, 0);
  return { amountMinor, taxMinor, pointsPaidMinor, currency, lines };
}

function decide(
  sale: SaleState,
  context: RewardContext,
  wallet: SaleWallet,
  posted: PostedPoints,
  difference: number,
): RewardChange | null {
  if (difference === 0 || sale.rule === null) return null;
  const funds = context.funds.get(wallet.id);
  // What was never given is not taken back, and what was never taken is not given back.
  const neverMoved = Math.min(Math.abs(difference), Math.max(0, -Math.sign(difference) * posted.waived));
  const due = Math.abs(difference) - neverMoved;
  const moved =
    difference > 0
      ? credit(sale, sale.rule, context, wallet, posted.kind, due)
      : take(sale, sale.rule, wallet, funds, due);
  const points = Math.sign(difference) * moved.points;
  return {
    wallet,
    kind: posted.kind,
    // `0 +`, because nothing taken back would be -0.
    points: 0 + points,
    waived: difference - points,
    sequence: posted.events + 1,
    legs: moved.legs,
    overdraw: moved.overdraw,
  };
}

interface Moved {
  points: number;
  legs: Leg[];
  overdraw: boolean;
}

function credit(
  sale: SaleState,
  { config }: SaleRule,
  { now, funds }: RewardContext,
  wallet: SaleWallet,
  kind: PostedPoints['kind'],
  due: number,
): Moved {
  const held = funds.get(wallet.id);
  const limit = kind === 'earn' ? config.limits.pointsEarnedPerDay : null;
  const day = dayOf(sale);
  const points = limit === null ? due : Math.min(due, Math.max(0, limit - (held?.earnedOn.get(day) ?? 0)));
  if (points === 0) return { points, legs: [], overdraw: false };
  const { availableAt, expiresAt } = computeLotDates(sale.transactionAt, config, sale.timeZone);
  const waits = availableAt !== null && availableAt > now;
  held?.earnedOn.set(day, (held.earnedOn.get(day) ?? 0) + points);
  if (held && waits) addTo(held.pendingByOrigin, sale.transactionId, points);
  else if (held) held.available += points;
  const lot = { expiresAt, origin: sale.transactionId };
  if (!waits) return { points, legs: [{ accountId: wallet.accountId, amount: points, lot }], overdraw: false };
  const accountId = pendingAccountOf(wallet);
  const waiting = { ...lot, release: { at: availableAt, accountId: wallet.accountId } };
  return { points, legs: [{ accountId, amount: points, lot: waiting }], overdraw: false };
}

/** Points that still wait go first, then what the policy allows; of the sale's own lots before others. */
function take(
  sale: SaleState,
  { config }: SaleRule,
  wallet: SaleWallet,
  funds: WalletFunds | undefined,
  due: number,
): Moved {
  if (!funds) throw new Error('points are taken from a wallet that was not locked');
  const prefers = sale.transactionId;
  const waiting = Math.min(due, funds.pendingByOrigin.get(prefers) ?? 0);
  const allowed = { only_pending: 0, within_balance: Math.max(0, funds.available), allow_negative: due };
  const spendable = Math.min(due - waiting, allowed[config.clawbackPolicy]);
  addTo(funds.pendingByOrigin, prefers, -waiting);
  funds.available -= spendable;
  const legs = [
    ...(waiting > 0 ? [{ accountId: pendingAccountOf(wallet), amount: -waiting, prefers }] : []),
    ...(spendable > 0 ? [{ accountId: wallet.accountId, amount: -spendable, prefers }] : []),
  ];
  return { points: waiting + spendable, legs, overdraw: config.clawbackPolicy === 'allow_negative' };
}

function pendingAccountOf({ pendingAccountId }: SaleWallet): string {
  if (pendingAccountId === null) throw new Error('points wait in an account that was not opened');
  return pendingAccountId;
}

function addTo(sums: Map<string, number>, key: string, amount: number): void {
  sums.set(key, (sums.get(key) ?? 0) + amount);
}
