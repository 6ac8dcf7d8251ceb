import * as z from 'zod';

/** How sales become points. Source: requirement S1-095; the units that it leaves open are fixed here. */
export const ruleConfig = z
  .strictObject({
    /** Points per one major unit of the rule's currency (one dollar, one yen). */
    conversionRate: z.number().positive().max(1_000_000),
    /** Sales below it earn nothing. */
    minSpendMinorUnits: z.int().nonnegative().default(0),
    /** A sale earns this much at most: a cap, not a reason to refuse (case L8). `null`: no cap. */
    maxPointsPerTransaction: z.int().positive().nullable().default(null),
    /** Points a wallet must hold before any may be redeemed. */
    minBalanceToRedeem: z.int().nonnegative().default(0),
    /** Percent of a basket that points may pay. */
    maxRedemptionPercentage: z.number().min(0).max(100).default(100),
    /** Applied once, at the end. */
    roundingPolicy: z.enum(['floor', 'ceil', 'round']).default('floor'),
  })
  .meta({ id: 'RuleConfig' });

export type RuleConfig = z.infer<typeof ruleConfig>;
