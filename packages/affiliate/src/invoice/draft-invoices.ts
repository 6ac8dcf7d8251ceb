import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId, showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { type LockedSubAffiliate, lockSubAffiliates } from '../sub-affiliate/lock-sub-affiliates.ts';
import { billedMonth } from './billed-month.ts';
import { computeLines } from './compute-lines.ts';
import type { BillingContext } from './lock-invoice.ts';
import { readEarned } from './read-earned.ts';
import { readCarried, readInvoiced, readLive } from './read-invoiced.ts';
import { type ComputedDraft, writeDrafts } from './write-drafts.ts';

export const draftInvoicesInput = z.strictObject({
  month: billedMonth,
  subAffiliateId: z.string().max(64).optional().describe('Of this one only; of all that are active when left out.'),
});

export const draftedInvoices = z
  .strictObject({
    month: z.string(),
    drafts: z.array(
      z.strictObject({ id: z.string(), subAffiliateId: z.string(), currency: z.string(), totalMinor: z.int() }),
    ),
  })
  .meta({ id: 'DraftedInvoices', description: 'The drafts of a month, as they are computed now.' });

type DraftedInvoices = z.infer<typeof draftedInvoices>;

/**
 * Computes the invoices of a month anew, one draft per sub-affiliate and currency: what the month comes to, what is missing of earlier
 * months or was too much, and what was carried over. Lines of a draft there was are replaced. Earlier months of which there is a draft are
 * left to it; where the month's invoice is issued there is no other. Computing again without news changes no line.
 * @throws AppError `not_found`
 */
export const draftInvoices = verb(
  draftInvoicesInput,
  async ({ tx, actor, client, now }: BillingContext, { month, subAffiliateId }): Promise<DraftedInvoices> => {
    const id = subAffiliateId === undefined ? null : readId('subAffiliate', subAffiliateId);
    const subAffiliates = await lockSubAffiliates(tx, id);
    if (id !== null && subAffiliates.length === 0) throw new AppError('not_found', 'No such object.');
    const drafts = await writeDrafts(tx, await computeDrafts(tx, subAffiliates, `${month}-01`), now);
    await recordAudit(tx, {
      actor,
      client,
      action: 'invoice.draft',
      ...(id === null
        ? { targetType: 'organization' as const, targetId: tx.orgId }
        : { targetType: 'subAffiliate' as const, targetId: id }),
      after: { month, drafts: drafts.length },
    });
    return {
      month,
      drafts: drafts.map((draft) => ({
        ...draft,
        id: showId('invoice', draft.id),
        subAffiliateId: showId('subAffiliate', draft.subAffiliateId),
      })),
    };
  },
);

async function computeDrafts(
  tx: TenantTransaction,
  subAffiliates: readonly LockedSubAffiliate[],
  month: string,
): Promise<ComputedDraft[]> {
  const ids = subAffiliates.map(({ id }) => id);
  const earned = groupOf(await readEarned(tx, ids, month));
  const invoiced = groupOf(await readInvoiced(tx, ids, month));
  const carried = groupOf(await readCarried(tx, ids));
  const live = groupOf(await readLive(tx, ids, month));
  const known = new Map(subAffiliates.map((one) => [one.id, one]));
  const keys = new Set([earned, invoiced, carried, live].flatMap((group) => [...group.keys()]));
  return [...keys].sort().flatMap((key) => {
    const [subAffiliateId = '', currency = ''] = key.split(' ');
    const { carriesNegative, billed } = known.get(subAffiliateId) as LockedSubAffiliate;
    const standing = live.get(key) ?? [];
    if (standing.some(({ status }) => status !== 'draft')) return [];
    const isOurs = ({ month: of }: { month: string }) => !standing.some((other) => other.month === of && of !== month);
    const lines = computeLines({
      earned: (earned.get(key) ?? []).filter(isOurs),
      invoiced: (invoiced.get(key) ?? []).filter(isOurs),
      carriedMinor: carried.get(key)?.[0]?.carriedMinor ?? 0,
      carriesNegative,
    });
    const isDrafted = standing.some((other) => other.month === month);
    return lines.length > 0 || isDrafted ? [{ subAffiliateId, currency, month, billed, lines }] : [];
  });
}

function groupOf<Row extends { subAffiliateId: string; currency: string }>(rows: readonly Row[]): Map<string, Row[]> {
  return Map.groupBy(rows, ({ subAffiliateId, currency }) => `${subAffiliateId} ${currency}`);
}
