import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError, invalidFields } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { deals } from './deal.sql.ts';
import { type Deal, ownDeal } from './deal.ts';
import { showDeal } from './get-deal.ts';
import { dealDay } from './month.ts';
import { lockDeals } from './read-planned.ts';
import { recomputeDeals } from './recompute-deals.ts';

export const endDealInput = z.strictObject({ dealId: z.string(), endsOn: dealDay.describe('The last day.') });

/**
 * Ends a deal after a day, past or to come, once. Months after it are gone, and so is a balance it would have carried on.
 * @throws AppError `not_found`; `deal_ended` when its end is known already; `validation_failed` for a day before it begins
 */
export const endDeal = verb(
  endDealInput,
  async ({ tx, actor, client, now }: ActingContext & { now: Date }, input): Promise<Deal> => {
    await lockDeals(tx);
    const dealId = readId('deal', input.dealId);
    const known = await showDeal(tx, dealId);
    const { endsOn } = input;
    if (known.endsOn !== null) throw new AppError('deal_ended', 'The end of the deal is known already.');
    if (endsOn < known.startsOn)
      throw invalidFields([{ path: 'endsOn', message: 'must not be before the deal begins' }]);
    await tx.drizzle
      .update(deals)
      .set({ endsOn })
      .where(and(ownDeal(tx.orgId), eq(deals.id, dealId)));
    await recordAudit(tx, {
      ...{ actor, client, action: 'deal.end', targetType: 'deal', targetId: dealId },
      after: { endsOn },
    });
    await recomputeDeals(tx, { days: [], termsFrom: endsOn, dealId, now });
    return showDeal(tx, dealId);
  },
);
