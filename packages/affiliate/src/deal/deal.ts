import { showId } from '@tributary/core/ids';
import type { Reader } from '@tributary/db/read';
import { eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { deals, dealVersions } from './deal.sql.ts';
import { carryOver, dealTerms, readDealTerms } from './terms.ts';

/** How far a network's figure may be from the deal's: whichever allows more. */
export const tolerance = z
  .strictObject({ minor: z.int().min(0).max(1_000_000_000), bps: z.int().min(0).max(10_000) })
  .meta({ id: 'Tolerance', description: 'Minor units, and basis points of what was earned: whichever is more.' });

export const deal = z
  .strictObject({
    id: z.string(),
    connectionId: z.string(),
    brand: z.string(),
    currency: z.string().length(3),
    name: z.string(),
    campaign: z.string().describe('Empty: every campaign.'),
    source: z.string().describe('Empty: every source.'),
    startsOn: z.iso.date(),
    endsOn: z.iso.date().nullable().describe('The last day.'),
    carryOver,
    tolerance: tolerance.nullable().describe('Null: the network’s figure is not compared.'),
    versions: z.array(
      z
        .strictObject({ version: z.int().positive(), effectiveFrom: z.iso.date(), terms: dealTerms })
        .meta({ id: 'DealVersion' }),
    ),
    createdAt: z.iso.datetime(),
  })
  .meta({
    id: 'Deal',
    description: 'What an affiliate was promised for traffic of a connection, by the day it holds from.',
  });

export type Deal = z.infer<typeof deal>;

interface StoredVersion {
  version: number;
  effectiveFrom: string;
  terms: unknown;
}

/** Deals of an organization with their versions, to be narrowed: one statement. */
export function selectDeals(reader: Reader, orgId: string) {
  const versions = sql<StoredVersion[]>`(select jsonb_agg(jsonb_build_object('version', ${dealVersions.version},
    'effectiveFrom', ${dealVersions.effectiveFrom}, 'terms', ${dealVersions.terms}) order by ${dealVersions.version})
    from ${dealVersions} where ${dealVersions.orgId} = ${orgId} and ${dealVersions.dealId} = ${deals.id})`;
  return reader.select({ deal: deals, versions }).from(deals).$dynamic();
}

export const ownDeal = (orgId: string) => eq(deals.orgId, orgId);

type DealRow = Awaited<ReturnType<typeof selectDeals>>[number];

export function serializeDeal({ deal: row, versions }: DealRow): Deal {
  const { orgId: _, carryMode, carryBasis, carryBeforeTiers, toleranceMinor, toleranceBps, ...shown } = row;
  return {
    ...shown,
    id: showId('deal', row.id),
    connectionId: showId('connection', row.connectionId),
    carryOver: { mode: carryMode, basis: carryBasis, beforeTiers: carryBeforeTiers },
    tolerance: toleranceMinor === null || toleranceBps === null ? null : { minor: toleranceMinor, bps: toleranceBps },
    versions: versions.map(({ terms, ...version }) => ({ ...version, terms: readDealTerms(terms) })),
    createdAt: row.createdAt.toISOString(),
  };
}
