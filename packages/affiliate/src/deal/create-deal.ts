import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { accounts } from '../account/account.sql.ts';
import { deals, dealVersions } from './deal.sql.ts';
import { type Deal, tolerance } from './deal.ts';
import { showDeal } from './get-deal.ts';
import { dealDay } from './month.ts';
import { lockDeals } from './read-planned.ts';
import { recomputeDeals } from './recompute-deals.ts';
import { carryOver, newDealTerms } from './terms.ts';

const filter = z.string().max(200).default('');

export const createDealInput = z.strictObject({
  connectionId: z.string().max(64),
  name: z.string().trim().min(1).max(100),
  campaign: filter.describe('Empty: every campaign.'),
  source: filter.describe('Empty: every source.'),
  startsOn: dealDay,
  carryOver: carryOver.prefault({}),
  tolerance: tolerance
    .nullable()
    .default({ minor: 100, bps: 100 })
    .describe('How far the network’s figure may be from the deal’s. Null: it is not compared.'),
  terms: newDealTerms,
});

type NewDeal = z.output<typeof createDealInput>;

interface DealingContext extends ActingContext {
  now: Date;
}

/**
 * Ties terms to traffic of a connection, and computes its months from facts that are there already.
 * @throws AppError `not_found` for a connection that is not to a network; `deal_overlaps` when another deal has some of the
 * same traffic on the same days: no commission is expected twice; `limit_reached`
 */
export const createDeal = verb(createDealInput, async (context: DealingContext, input: NewDeal): Promise<Deal> => {
  const { tx, actor, client, now } = context;
  await lockDeals(tx);
  const connectionId = readId('connection', input.connectionId);
  const own = and(eq(accounts.orgId, tx.orgId), eq(accounts.connectionId, connectionId));
  const [account] = await tx.drizzle.select().from(accounts).where(own);
  if (!account) throw new AppError('not_found', 'No such object.');
  await refuseOverlap(tx, connectionId, input);
  await refuseTooMany(tx);
  const { brand, currency } = account;
  const [row] = await tx.drizzle
    .insert(deals)
    .values({ ...columnsOf(input), orgId: tx.orgId, connectionId, brand, currency, createdAt: sql`now()` })
    .returning({ id: deals.id });
  const dealId = (row as { id: string }).id;
  const { terms, startsOn } = input;
  await tx.drizzle.insert(dealVersions).values({ orgId: tx.orgId, dealId, version: 1, effectiveFrom: startsOn, terms });
  await recordAudit(tx, {
    ...{ actor, client, action: 'deal.create', targetType: 'deal', targetId: dealId },
    after: { ...input },
  });
  await recomputeDeals(tx, { days: [], dealId, now });
  return showDeal(tx, dealId);
});

const columnsOf = ({ name, campaign, source, startsOn, carryOver: carried, tolerance: allowed }: NewDeal) => ({
  ...{ name, campaign, source, startsOn },
  carryMode: carried.mode,
  carryBasis: carried.basis,
  carryBeforeTiers: carried.beforeTiers,
  toleranceMinor: allowed?.minor ?? null,
  toleranceBps: allowed?.bps ?? null,
});

/** A deal begins and has no end yet, so it meets every one that has not ended before. An empty filter meets every name. */
async function refuseOverlap(
  tx: TenantTransaction,
  connectionId: string,
  { campaign, source, startsOn }: NewDeal,
): Promise<void> {
  const [other] = await tx.query(
    `select 1 from affiliate.deals where org_id = $1 and connection_id = $2 and (ends_on is null or ends_on >= $3::date)
       and (campaign in ('', $4) or $4 = '') and (source in ('', $5) or $5 = '') limit 1`,
    [tx.orgId, connectionId, startsOn, campaign, source],
  );
  if (other) throw new AppError('deal_overlaps', 'Another deal has some of this traffic on the same days.');
}

/** Deals without an end at most: a recomputation has all of them in memory. */
const mostOpen = 500;

async function refuseTooMany(tx: TenantTransaction): Promise<void> {
  const [open] = await tx.query<{ count: number }>(
    'select count(*) as count from affiliate.deals where org_id = $1 and ends_on is null',
    [tx.orgId],
  );
  if ((open?.count ?? 0) >= mostOpen)
    throw new AppError('limit_reached', 'There are as many deals as can be: end those that are over.');
}
