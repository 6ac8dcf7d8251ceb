import * as z from 'zod';

/** By what customers rise: points they ever earned, points they earned in the last `periodMonths`, or money they spent. */
const basis = z.enum(['lifetime_points', 'period_points', 'spend']);

const tier = z.strictObject({
  name: z.string().min(1).max(100),
  /** Points, or minor units when the basis is `spend`. */
  threshold: z.int().nonnegative(),
});

const tiers = z
  .array(tier)
  .min(1)
  .max(50)
  .refine(([lowest]) => lowest?.threshold === 0, 'the first threshold must be 0')
  .refine((all) => all.every(({ threshold }, at) => at === 0 || threshold > (all[at - 1]?.threshold ?? 0)), {
    message: 'thresholds must rise',
  })
  .refine((all) => new Set(all.map(({ name }) => name)).size === all.length, 'names must differ');

/** The tiers of a programme, the lowest first, and how customers move between them. */
export const tierConfig = z
  .strictObject({
    basis,
    /** How long a tier is kept once reached, and of `period_points` the period. `null`: for ever. */
    periodMonths: z.int().positive().max(120).nullable(),
    tiers,
    /** What happens to a customer who does not qualify any more: one tier down, or to the tier of the score (case L61). */
    downgrade: z.enum(['one_down', 'balance_based']),
    /** Days (of 24 hours) between the end of a tier's validity and the downgrade. */
    graceDays: z.int().min(0).max(366).default(0),
  })
  .refine(({ basis, periodMonths }) => basis !== 'period_points' || periodMonths !== null, {
    path: ['periodMonths'],
    message: 'must be given when points of a period count',
  })
  .meta({ id: 'TierConfig' });

export type TierConfig = z.infer<typeof tierConfig>;
