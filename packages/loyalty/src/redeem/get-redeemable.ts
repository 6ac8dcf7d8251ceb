import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import * as z from 'zod';
import { computeRedemption, maxRedeemable, type RedemptionTerms, redemptionRefusals } from './compute-redemption.ts';
import { issueRewardInput } from './issue-reward.ts';
import { selectTerms, termsOf } from './read-terms.ts';

const getRedeemableInput = issueRewardInput.omit({ points: true });

export const redeemable = z
  .strictObject({
    points: z.int().nonnegative().describe('The most that a reward for this basket may be issued for now.'),
    valueMinor: z.int().nonnegative().describe('What they pay of it.'),
    currency: z.string().length(3),
    refusal: z
      .enum(['no_rule_in_force', ...redemptionRefusals])
      .nullable()
      .describe('Why there is nothing to offer: the code by which issuing one point would be refused.'),
  })
  .meta({ id: 'Redeemable' });

export type Redeemable = z.infer<typeof redeemable>;

interface ReadingContext extends TenantContext {
  now: Date;
}

/** What a till may offer for a basket now. Promises nothing: issuing decides. @throws AppError `not_found`. */
export const getRedeemable = verb(
  getRedeemableInput,
  async ({ now, ...context }: ReadingContext, { walletId, basketMinor, currency }): Promise<Redeemable> => {
    const moment = { orgId: context.orgId, walletId: readId('wallet', walletId), now };
    const [row] = await readTenant(context, (reader) => selectTerms(reader, moment));
    if (!row) throw new AppError('not_found', 'No such object.');
    if (!row.rule) return { points: 0, valueMinor: 0, currency, refusal: 'no_rule_in_force' };
    return { ...offer(termsOf(row, { amountMinor: basketMinor, currency })), currency };
  },
);

function offer(terms: RedemptionTerms): Omit<Redeemable, 'currency'> {
  const points = maxRedeemable(terms);
  const redemption = computeRedemption(terms, Math.max(points, 1));
  return redemption.outcome === 'accepted'
    ? { points, valueMinor: redemption.valueMinor, refusal: null }
    : { points: 0, valueMinor: 0, refusal: redemption.refusal };
}
