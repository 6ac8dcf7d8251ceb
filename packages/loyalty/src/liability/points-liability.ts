import * as z from 'zod';

const valueMinor = z
  .int()
  .nullable()
  .describe('What they are worth under the rule in force, rounded down; each figure on its own. Null without a rule.');
const points = z.int().nonnegative();

const amount = z.strictObject({ points, valueMinor }).meta({ id: 'PointsAmount' });

const month = z.string().regex(/^\d{4,}-\d{2}$/);

export const pointsLiability = z
  .strictObject({
    currency: z.string().length(3).nullable(),
    pointValueMinorUnits: z.number().positive().nullable(),
    outstanding: z
      .strictObject({ points: z.int(), valueMinor })
      .describe('All that is owed: available, held and pending, less what is overdrawn.'),
    available: amount
      .extend({
        byExpiry: z
          .array(amount.extend({ month: month.nullable().describe('The last month they can be spent in; null: any.') }))
          .describe('The same, the earliest first.'),
      })
      .describe('Can be spent now.'),
    held: amount.describe('Set aside by rewards that were issued and not used yet.'),
    pending: amount
      .extend({
        byRelease: z
          .array(amount.extend({ month: month.describe('In which they become available.') }))
          .describe('The same, the earliest first.'),
      })
      .describe('Can be spent later.'),
    overdrawn: amount.describe('What wallets are below zero.'),
  })
  .meta({
    id: 'PointsLiability',
    description:
      'The points customers hold, by when they are gone. Months are those of the time zone of the organization.',
  });

export type PointsLiability = z.infer<typeof pointsLiability>;
