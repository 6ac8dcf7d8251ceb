import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import type { TillContext } from './issue-reward.ts';
import { resolveReward } from './resolve-reward.ts';
import type { Reward } from './reward.ts';

const deleteRewardInput = z.strictObject({ rewardId: z.string().max(64) });

/**
 * Gives the points of an issued reward back, with the expiry they had (cases L47, L52). One that expired comes back deleted because of
 * that: commit, then refuse.
 * @throws AppError `not_found`, `reward_not_issued`, `wallet_frozen`.
 */
export const deleteReward = verb(
  deleteRewardInput,
  (context: TillContext, { rewardId }): Promise<Reward> =>
    resolveReward(context, rewardId, { verb: 'delete', columns: { deletedBecause: 'asked' } }),
);
