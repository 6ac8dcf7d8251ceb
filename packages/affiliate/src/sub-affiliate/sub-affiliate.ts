import { showId } from '@tributary/core/ids';
import { baseCurrency } from '@tributary/identity/organization/fields';
import * as z from 'zod';
import type { SubAffiliateRow, TermsRow, TrafficRow } from './sub-affiliate.sql.ts';

/** A day, YYYY-MM-DD, that networks count and PostgreSQL takes. */
export const day = z.iso
  .date()
  .refine((text) => text >= '2000-01-01' && text < '2100-01-01', 'must be of this century');

export const paymentTerms = z
  .enum(['net7', 'net15', 'net30', 'net60', 'manual'])
  .describe('Days from the end of the month to the day an invoice is due; `manual`: whenever both agree.');

/** What a sub-affiliate gets. */
export const rate = z
  .discriminatedUnion('kind', [
    z.strictObject({
      kind: z.literal('share'),
      shareBps: z.int().min(0).max(10_000).describe('Of the commission on their traffic: 3000 is 30 %.'),
    }),
    z.strictObject({
      kind: z.literal('cpa'),
      cpaMinor: z.int().min(0).max(1_000_000_000_000).describe('For each first deposit of their traffic.'),
      currency: baseCurrency,
    }),
  ])
  .meta({ id: 'SubAffiliateRate', description: 'A share of the commission, or an amount for each first deposit.' });

export type Rate = z.infer<typeof rate>;

const terms = z.strictObject({
  version: z.int().positive(),
  effectiveFrom: z.iso.date(),
  // As it is stored: a currency may have gone out of use since.
  rate: z.strictObject({
    kind: z.enum(['share', 'cpa']),
    shareBps: z.int().nullable(),
    cpaMinor: z.int().nullable(),
    currency: z.string().nullable(),
  }),
});

export const trafficDimension = z.enum(['sub_id', 'source', 'campaign']);

const traffic = z.strictObject({
  id: z.string(),
  connectionId: z.string().nullable().describe('Null: of every connection.'),
  dimension: trafficDimension,
  value: z.string(),
  isPrefix: z.boolean(),
  fromDay: z.iso.date(),
  untilDay: z.iso.date().nullable(),
});

export const subAffiliate = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    email: z.string().nullable(),
    paymentTerms,
    carriesNegative: z
      .boolean()
      .describe('Whether an invoice below zero lowers the next one; otherwise it is forgiven.'),
    status: z.enum(['active', 'archived']),
    createdAt: z.iso.datetime(),
    erasedAt: z.iso.datetime().nullable().describe('Since when nothing tells who it was, and nothing is added.'),
  })
  .meta({
    id: 'SubAffiliate',
    description: 'Somebody who sends traffic to your programmes, for a part of what it earns.',
  });

export type SubAffiliate = z.infer<typeof subAffiliate>;

export const subAffiliateDetail = subAffiliate
  .extend({
    terms: z.array(terms).describe('The newest first. What was said last counts from its day on.'),
    traffic: z.array(traffic),
  })
  .meta({ id: 'SubAffiliateDetail', description: 'A sub-affiliate, their terms and what traffic is theirs.' });

export type SubAffiliateDetail = z.infer<typeof subAffiliateDetail>;

export function serializeSubAffiliate({ orgId: _, ...row }: SubAffiliateRow): SubAffiliate {
  return {
    ...row,
    id: showId('subAffiliate', row.id),
    createdAt: row.createdAt.toISOString(),
    erasedAt: row.erasedAt?.toISOString() ?? null,
  };
}

export function serializeTerms({ version, effectiveFrom, shareBps, cpaMinor, currency }: TermsRow) {
  const kind = shareBps === null ? ('cpa' as const) : ('share' as const);
  return { version, effectiveFrom, rate: { kind, shareBps, cpaMinor, currency } };
}

export function serializeTraffic({ orgId: _, subAffiliateId: __, ...row }: TrafficRow) {
  const connectionId = row.connectionId === null ? null : showId('connection', row.connectionId);
  return { ...row, id: showId('traffic', row.id), connectionId };
}
