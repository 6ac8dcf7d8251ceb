import { providerNames } from '@tributary/core/facts';
import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { RewardRow } from './reward.sql.ts';

export const rewardStatus = z.enum(['issued', 'redeemed', 'deleted']);

export const appliedAs = z
  .enum(['discount', 'tender'])
  .describe(
    '`discount`: the amount of the sale was lowered by it. `tender`: it paid a part of the amount, which earns nothing.',
  );

/** The sale a reward was used on, known already or told later. */
export const saleUsedOn = z.strictObject({
  provider: z.enum(providerNames),
  providerTransactionId: z.string().min(1).max(200),
});

export const reward = z
  .strictObject({
    id: z.string(),
    walletId: z.string(),
    ruleId: z.string().describe('The rule that said what the points are worth.'),
    status: rewardStatus,
    points: z.int().positive(),
    valueMinor: z.int().positive().describe('What the points pay of the basket.'),
    basketMinor: z.int().positive(),
    currency: z.string().length(3),
    deletedBecause: z.enum(['asked', 'expired']).nullable(),
    appliedAs: appliedAs.nullable(),
    sale: z.strictObject({ provider: z.string(), providerTransactionId: z.string() }).nullable(),
    issuedBy: z.string(),
    issuedAt: z.iso.datetime(),
    expiresAt: z.iso.datetime().describe('From then on it can be neither redeemed nor deleted.'),
    resolvedBy: z.string().nullable().describe('Null also when it expired.'),
    resolvedAt: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'Reward',
    description: 'Points of a wallet held for one basket, until it is redeemed, deleted or expires.',
  });

export type Reward = z.infer<typeof reward>;

export function serializeReward({
  orgId: _,
  holdId: __,
  postingId: ___,
  provider,
  providerTransactionId,
  ...row
}: RewardRow): Reward {
  return {
    ...row,
    id: showId('reward', row.id),
    walletId: showId('wallet', row.walletId),
    ruleId: showId('rewardRule', row.ruleId),
    sale: provider !== null && providerTransactionId !== null ? { provider, providerTransactionId } : null,
    issuedAt: row.issuedAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    resolvedAt: row.resolvedAt?.toISOString() ?? null,
  };
}
