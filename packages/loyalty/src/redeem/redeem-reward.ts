import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { recomputeSales } from '../transaction/apply-facts.ts';
import { lockSales } from '../transaction/sale-state.ts';
import type { TillContext } from './issue-reward.ts';
import { resolveReward } from './resolve-reward.ts';
import { appliedAs, type Reward, saleUsedOn } from './reward.ts';

export const redeemRewardInput = z.strictObject({
  rewardId: z.string().max(64),
  appliedAs: appliedAs.default('discount'),
  sale: saleUsedOn.optional().describe('The sale it is used on, known already or told later.'),
});

/**
 * Spends the points of an issued reward. The sale it is used on earns no points for the part that points paid. One that expired comes
 * back deleted (`deletedBecause`), with its points given back: commit, then refuse.
 * @throws AppError `not_found`, `reward_not_issued`, `wallet_frozen`.
 */
export const redeemReward = verb(
  redeemRewardInput,
  async (context: TillContext, { rewardId, appliedAs, sale }): Promise<Reward> => {
    const sales = sale ? [{ provider: sale.provider, externalId: sale.providerTransactionId }] : [];
    // Before the wallet, as those do who take in what providers say.
    if (sales.length > 0) await lockSales(context.tx, sales);
    const reward = await resolveReward(context, rewardId, {
      verb: 'redeem',
      columns: {
        appliedAs,
        provider: sale?.provider ?? null,
        providerTransactionId: sale?.providerTransactionId ?? null,
      },
    });
    if (reward.status === 'redeemed') await recomputeSales(context.tx, sales, context.now);
    return reward;
  },
);
