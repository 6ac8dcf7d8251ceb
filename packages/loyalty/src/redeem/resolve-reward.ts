import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import type { TenantTransaction } from '@tributary/db/transaction';
import { type ResolveOutcome, resolveHolds } from '@tributary/ledger/hold';
import { and, eq } from 'drizzle-orm';
import { lockWallet } from '../wallet/lock-wallet.ts';
import type { TillContext } from './issue-reward.ts';
import { type RewardRow, rewards } from './reward.sql.ts';
import { type Reward, serializeReward } from './reward.ts';
import { nextStatus } from './reward-states.ts';

/** How a reward is to end: the columns that tell, and what of its hold is posted. */
type Ending =
  | { verb: 'redeem'; columns: Required<Pick<RewardRow, 'appliedAs' | 'provider' | 'providerTransactionId'>> }
  | { verb: 'delete'; columns: { deletedBecause: 'asked' } };

/**
 * Ends a reward, and its hold with it. One whose time had passed is deleted because it expired, whatever was asked and whoever noticed
 * first: its points are back, so that is an answer, to be committed, and not an error.
 * @throws AppError `not_found`, `reward_not_issued`, `wallet_frozen`.
 */
export async function resolveReward(
  { tx, actor, now }: TillContext,
  rewardId: string,
  { verb, columns }: Ending,
): Promise<Reward> {
  const { row, frozen } = await lockReward(tx, readId('reward', rewardId));
  if (row.deletedBecause === 'expired') return serializeReward(row);
  const status = nextStatus(row.status, verb);
  if (frozen) throw new AppError('wallet_frozen', 'The wallet is frozen.');
  const [resolved] = await resolveHolds(tx, [{ holdId: row.holdId, amount: verb === 'redeem' ? row.points : null }], {
    kind: 'redeem',
    at: now,
  });
  const { outcome, postingId } = resolved as ResolveOutcome;
  if (outcome === 'expired' || outcome === 'already_expired') {
    const expired = { status: nextStatus(row.status, 'expire'), deletedBecause: 'expired', resolvedAt: now } as const;
    return change(tx, row, expired);
  }
  if (outcome !== 'posted' && outcome !== 'voided') throw new Error(`the hold of an issued reward is ${outcome}`);
  const ended = { status, ...columns, postingId, resolvedBy: actor, resolvedAt: now };
  return change(tx, row, ended);
}

/** The wallet is locked first, as by everybody who changes a reward. */
async function lockReward(tx: TenantTransaction, id: string): Promise<{ row: RewardRow; frozen: boolean }> {
  const own = and(eq(rewards.orgId, tx.orgId), eq(rewards.id, id));
  const [found] = await tx.drizzle.select({ walletId: rewards.walletId }).from(rewards).where(own);
  if (!found) throw new AppError('not_found', 'No such object.');
  const { status } = await lockWallet(tx, showId('wallet', found.walletId));
  const [row] = await tx.drizzle.select().from(rewards).where(own);
  return { row: row as RewardRow, frozen: status === 'frozen' };
}

async function change(tx: TenantTransaction, { id }: RewardRow, columns: Partial<RewardRow>): Promise<Reward> {
  const [row] = await tx.drizzle
    .update(rewards)
    .set(columns)
    .where(and(eq(rewards.orgId, tx.orgId), eq(rewards.id, id)))
    .returning();
  return serializeReward(row as RewardRow);
}
