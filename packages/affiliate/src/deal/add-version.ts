import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { dealVersions } from './deal.sql.ts';
import type { Deal } from './deal.ts';
import { showDeal } from './get-deal.ts';
import { dealDay } from './month.ts';
import { lockDeals } from './read-planned.ts';
import { recomputeDeals } from './recompute-deals.ts';
import { newDealTerms } from './terms.ts';

/** Every one of them stands in each answer. */
const mostVersions = 50;

export const addVersionInput = z.strictObject({
  dealId: z.string(),
  effectiveFrom: dealDay.describe('Days before it keep their terms. Later than that of every version before.'),
  terms: newDealTerms,
});

/**
 * Changes the terms of a deal from a day on, which may be past; earlier days keep the old ones (case A58).
 * @throws AppError `not_found`; `version_not_later` unless the day is after that of the last version; `deal_ended` for a day after the deal;
 * `limit_reached`
 */
export const addVersion = verb(
  addVersionInput,
  async ({ tx, actor, client, now }: ActingContext & { now: Date }, input): Promise<Deal> => {
    await lockDeals(tx);
    const dealId = readId('deal', input.dealId);
    const { versions, endsOn } = await showDeal(tx, dealId);
    const { effectiveFrom, terms } = input;
    const last = versions.at(-1) as Deal['versions'][number];
    if (effectiveFrom <= last.effectiveFrom)
      throw new AppError('version_not_later', 'Terms hold from a later day than the version before.');
    if (endsOn !== null && effectiveFrom > endsOn) throw new AppError('deal_ended', 'The deal has ended by then.');
    if (versions.length === mostVersions)
      throw new AppError('limit_reached', 'The deal has as many versions as can be.');
    const version = last.version + 1;
    await tx.drizzle.insert(dealVersions).values({ orgId: tx.orgId, dealId, version, effectiveFrom, terms });
    await recordAudit(tx, {
      ...{ actor, client, action: 'deal.add_version', targetType: 'deal', targetId: dealId },
      before: { version: last.version },
      after: { version, effectiveFrom, terms },
    });
    await recomputeDeals(tx, { days: [], termsFrom: effectiveFrom, dealId, now });
    return showDeal(tx, dealId);
  },
);
