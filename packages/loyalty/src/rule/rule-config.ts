import { AppError } from '@tributary/core/errors';
import * as z from 'zod';

// The arithmetic is exact whatever stands here; these bounds keep a sale cheap, where a hundred factors may be multiplied.
const name = z.string().min(1).max(200);
const factor = z
  .number()
  .nonnegative()
  .max(1_000_000)
  .refine((value) => value <= 0 || value >= 0.000001, 'must be 0 or at least 0.000001');
const rate = z.number().positive().max(1_000_000);
const limit = z.int().positive().nullable().default(null);

/** Which lines of a sale are meant: those of a product, or those that carry a label. Both are compared as they are written. */
const matcher = z.union([z.strictObject({ sku: name }), z.strictObject({ label: name })]).meta({ id: 'LineMatcher' });
const matchers = z.array(matcher).max(100).default([]);

export type Matcher = z.infer<typeof matcher>;

/** What earns in a sale, line by line. A sale whose lines are not known counts as one line without product and labels. */
const items = z.strictObject({
  /** The lines that earn at all; empty: every line. */
  include: matchers,
  /** Lines that earn under no rate, whatever else is said about them. */
  exclude: matchers,
  /** All that match a line are multiplied. `match: null`: every line. */
  multipliers: z
    .array(z.strictObject({ match: matcher.nullable(), factor }))
    .max(100)
    .default([]),
  /** Points on top, once per sale in which any line matches. `match: null`: every sale that earns. */
  bonuses: z
    .array(z.strictObject({ match: matcher.nullable(), points: z.int().positive() }))
    .max(100)
    .default([]),
});

/** How sales become points. Source: requirement S1-095; the units that it leaves open are fixed here. */
export const ruleConfig = z
  .strictObject({
    /** Points per one major unit of the rule's currency (one dollar, one yen). */
    conversionRate: rate,
    /** Sales below it earn nothing. Compared with the money that can earn, before any multiplier. */
    minSpendMinorUnits: z.int().nonnegative().default(0),
    /** A sale earns this much at most: a cap, not a reason to refuse (case L8). `null`: no cap. */
    maxPointsPerTransaction: z.int().positive().nullable().default(null),
    /** Points a wallet must hold before any may be redeemed. */
    minBalanceToRedeem: z.int().nonnegative().default(0),
    /** Percent of a basket that points may pay. */
    maxRedemptionPercentage: z.number().min(0).max(100).default(100),
    /** Applied once, at the end. */
    roundingPolicy: z.enum(['floor', 'ceil', 'round']).default('floor'),
    /** Whether the tax in a payment earns. Tips never do. */
    taxMode: z.enum(['include', 'exclude']).default('include'),
    /** What one point is worth when redeemed, in minor units of the rule's currency. May be a fraction. */
    pointValueMinorUnits: rate.default(1),
    items: items.prefault({}),
    /** Further rates, added to `conversionRate` for the lines that they name. */
    additionalRates: z
      .array(z.strictObject({ conversionRate: rate, include: matchers, exclude: matchers }))
      .max(20)
      .default([]),
    /** Days that earned points are visible before they can be spent. */
    pendingDays: z.int().min(0).max(90).default(0),
    /** When points expire, counted from the day they can be spent; `null`: never. */
    expiry: z
      .strictObject({ months: z.int().min(0).max(120), roundUp: z.enum(['day', 'month']) })
      .nullable()
      .default(null),
    /** What a refund may take back: points still pending, what the wallet holds, or more than it holds. */
    clawbackPolicy: z.enum(['only_pending', 'within_balance', 'allow_negative']).default('within_balance'),
    /** Per wallet; a day is the organization's. `null`: no limit. The alert tells, and stops nothing. */
    limits: z
      .strictObject({
        pointsEarnedPerDay: limit,
        redemptionsPerDay: limit,
        pointsRedeemedPerDay: limit,
        salesPerHourAlert: limit,
      })
      .prefault({}),
    /** How long an issued reward holds its points. */
    rewardMinutes: z.int().min(1).max(43_200).default(1440),
  })
  .meta({ id: 'RuleConfig' });

export type RuleConfig = z.infer<typeof ruleConfig>;

/**
 * A config as it is stored. One stored before a field existed lacks it, so whoever reads a config from the database reads it here.
 * @throws AppError `internal` when it is no rule config: nothing but `ruleConfig` is ever stored.
 */
export function readRuleConfig(stored: unknown): RuleConfig {
  const result = ruleConfig.safeParse(stored);
  if (result.success) return result.data;
  throw new AppError('internal', 'A stored reward rule cannot be read.', { cause: result.error });
}
