import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { dealMonths, deals } from './deal.sql.ts';
import { dealMonth as month, monthOfDay } from './month.ts';

const minor = z.int();

export const dealMonth = z
  .strictObject({
    month,
    firstVersion: z.int().positive().describe('The version of the terms that the month begins with.'),
    lastVersion: z.int().positive(),
    ftdCount: z.int(),
    ngrMinor: minor,
    cpaMinor: minor,
    revenueShareMinor: minor,
    flatMinor: minor,
    earnedMinor: minor.describe('What the terms give for the month by itself, capped.'),
    openingMinor: minor.describe('Carried over from the month before; never positive.'),
    monthMinor: minor.describe('What the month adds: its NGR, or what it earned, as the deal carries.'),
    pooledMinor: minor.describe('What other deals of the pool took from it or gave it.'),
    closingMinor: minor.describe('openingMinor + monthMinor + pooledMinor.'),
    payableMinor: minor.nonnegative().describe('What is to be paid for the month.'),
    payableOn: z.iso.date(),
    reportedMinor: minor.describe('What the network says was earned.'),
    differenceMinor: minor.describe('reportedMinor - earnedMinor.'),
    disagrees: z
      .boolean()
      .nullable()
      .describe(
        'Whether that is more than the deal tolerates; a month below zero may be told as nothing. Null when it does not compare.',
      ),
    computedAt: z.iso.datetime(),
  })
  .meta({
    id: 'DealMonth',
    description: 'What a deal makes of a month. Amounts in minor units of the deal’s currency.',
  });

export type DealMonth = z.infer<typeof dealMonth>;

const { earnedMinor, reportedMinor } = dealMonths;

/** Positive when the network says more than the deal gives. */
export const difference = sql<number>`${reportedMinor} - ${earnedMinor}`.mapWith(earnedMinor);

/** Beyond what is tolerated, exactly; null where nothing is compared. A month below zero may be told as it is, or as nothing to be paid. */
export const disagrees: SQL<boolean | null> = sql<boolean | null>`case when ${deals.toleranceMinor} is not null then
  least(abs(${reportedMinor} - ${earnedMinor}), abs(${reportedMinor} - greatest(${earnedMinor}, 0)))::numeric * 10000
    > greatest(${deals.toleranceMinor}::numeric * 10000, abs(${earnedMinor})::numeric * ${deals.toleranceBps}) end`;

interface MonthRow {
  row: typeof dealMonths.$inferSelect;
  differenceMinor: number;
  disagrees: boolean | null;
}

export function serializeMonth({ row: { orgId: _, dealId: __, ...shown }, ...compared }: MonthRow): DealMonth {
  return { ...shown, ...compared, month: monthOfDay(shown.month), computedAt: shown.computedAt.toISOString() };
}
