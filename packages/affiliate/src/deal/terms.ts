import { AppError } from '@tributary/core/errors';
import * as z from 'zod';

const minor = z.int().min(0).max(100_000_000_000);
const bps = z.int().min(0).max(10_000);
const count = z.int().min(1).max(1_000_000_000);
const threshold = z.int().min(1).max(100_000_000_000_000);

/** What a month must reach; all that is said must hold. */
const conditions = z
  .strictObject({ minFtd: count.optional(), minNgrMinor: threshold.optional() })
  .refine((said) => Object.values(said).some((value) => value !== undefined), 'must say at least one condition')
  .meta({ id: 'TierConditions', description: 'What a month must reach. All that is said must hold.' });

const anyOf = z.array(conditions).min(1).max(5).describe('A tier holds when any of these groups does.');

const method = z
  .enum(['whole', 'marginal'])
  .default('whole')
  .describe(
    'whole: the rate of the tier for all of the month. marginal: each unit at the rate of the tier it falls in.',
  );

type Conditions = z.output<typeof conditions>;

/** Marginal tiers cut the very units that are paid: each names the unit it begins with, and they ascend. */
function isLadder(tiers: readonly { anyOf: readonly Conditions[] }[], unit: keyof Conditions): boolean {
  const begins = tiers.map(({ anyOf: [group, ...others] }) =>
    others.length === 0 && group && Object.keys(group).length === 1 ? group[unit] : undefined,
  );
  return begins.every((from, at) => from !== undefined && (at === 0 || from > (begins[at - 1] ?? 0)));
}

const cpa = z
  .strictObject({
    amountMinor: minor.describe('For each first deposit that counts, in minor units.'),
    method,
    tiers: z
      .array(z.strictObject({ anyOf, amountMinor: minor }).meta({ id: 'CpaTier' }))
      .max(10)
      .default([]),
  })
  .refine(
    (it) => it.method === 'whole' || isLadder(it.tiers, 'minFtd'),
    'marginal tiers each have one minFtd, and ascend',
  );

const revenueShare = z
  .strictObject({
    shareBps: bps.describe('Basis points of the NGR: 3000 is 30 %.'),
    method,
    tiers: z
      .array(z.strictObject({ anyOf, shareBps: bps }).meta({ id: 'ShareTier' }))
      .max(10)
      .default([]),
  })
  .refine(
    (it) => it.method === 'whole' || isLadder(it.tiers, 'minNgrMinor'),
    'marginal tiers each have one minNgrMinor, and ascend',
  );

/** How the NGR comes about that is shared and that tiers look at. */
const ngr = z.strictObject({
  from: z.enum(['network', 'ggr']).default('network').describe('The network’s own NGR, or its GGR less what follows.'),
  depositFeeBps: bps.default(0).describe('What each deposit costs.'),
  adminFeeBps: bps.default(0).describe('Of the amount it is counted from, in months where that is positive.'),
});

const caps = z
  .strictObject({
    ftdPerDay: count.nullable().default(null),
    ftdPerMonth: count.nullable().default(null),
    cpaPerDayMinor: minor.nullable().default(null),
    earnedPerMonthMinor: minor.nullable().default(null),
  })
  .describe('What is paid at most. Tiers look at all there is.');

/** Which first deposits count. Networks report those that do; where there are rows of players they can be counted. */
export const qualification = z.strictObject({
  minDepositMinor: minor,
  withinDays: z.int().min(0).max(365).describe('Days from the registration in which deposit and wager must fall.'),
  mustWager: z.boolean().default(true),
});

const makeTerms = () =>
  z
    .strictObject({
      cpa: cpa.nullable().default(null),
      revenueShare: revenueShare.nullable().default(null),
      flatMinor: minor
        .nullable()
        .default(null)
        .describe('A month, by its days where not all of it falls under these terms.'),
      ngr: ngr.prefault({}),
      qualification: qualification.nullable().default(null),
      caps: caps.prefault({}),
      holdDays: z.int().min(0).max(365).default(0).describe('Days from the end of the month until it is payable.'),
    })
    .refine(
      (it) => it.cpa !== null || it.revenueShare !== null || it.flatMinor !== null,
      'must pay something: cpa, revenueShare or flatMinor',
    );

/** What a deal pays. CPA and revenue share together are a hybrid. Source: spec/affiliate.md, part 2, deals. */
export const dealTerms = makeTerms().meta({ id: 'DealTerms' });

/** As they are sent: what has a default may be left out. Made anew, since a named schema with another name is still the first as well. */
export const newDealTerms = makeTerms().meta({ id: 'NewDealTerms' });

export type DealTerms = z.output<typeof dealTerms>;
export type Qualification = z.output<typeof qualification>;
export type TierGroups = readonly Conditions[];

/** What becomes of a month below zero. One for the whole deal: a balance has one meaning from its first month to its last. */
export const carryOver = z
  .strictObject({
    mode: z
      .enum(['none', 'carry', 'brand', 'organization'])
      .default('none')
      .describe(
        'none: it counts as zero. carry: it goes on. brand, organization: it is netted with other such deals, then goes on.',
      ),
    basis: z
      .enum(['ngr', 'commission'])
      .default('commission')
      .describe('What is carried: the NGR, so that a CPA beside it is paid in full, or all that was earned.'),
    beforeTiers: z.boolean().default(false).describe('Whether tiers look at the NGR after what was carried over.'),
  })
  .refine((it) => !it.beforeTiers || it.basis === 'ngr', 'beforeTiers needs the basis ngr');

export type CarryOver = z.output<typeof carryOver>;

/** @throws AppError `internal` when it is no terms of a deal: nothing but `dealTerms` is ever stored. */
export function readDealTerms(stored: unknown): DealTerms {
  const result = dealTerms.safeParse(stored);
  if (result.success) return result.data;
  throw new AppError('internal', 'Stored terms of a deal cannot be read.', { cause: result.error });
}
