import type { DayWindow } from '@tributary/core/daily-stats';
import { invalidFields } from '@tributary/core/errors';
import { idPattern } from '@tributary/core/ids';
import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';

/** A year, and a bit on either side. */
const mostDays = 400;

const day = z.iso
  .date()
  .refine((text) => text >= '2000-01-01' && text <= '2199-12-31', 'must be a day from 2000 to 2199');

/** Which facts a figure is about. */
export const dashboardFilters = z.strictObject({
  from: day.describe('The first day, as the networks count days.'),
  to: day.describe(`The last day: at most ${mostDays} days.`),
  brand: z
    .string()
    .regex(/^[a-z][a-z0-9-]{1,40}$/, 'must be the slug of a brand')
    .optional()
    .describe('Accounts at this network only.'),
  connectionId: z
    .string()
    .regex(idPattern('connection'), 'must be the id of a connection')
    .optional()
    .describe('This account only.'),
});

/** The same, and whether to compare it. */
export const comparedFilters = dashboardFilters.extend({
  compare: z
    .enum(['previous'])
    .optional()
    .describe('Beside it the period before: as many days, up to the day before `from`.'),
});

export type DashboardFilters = z.output<typeof dashboardFilters>;

export interface Period extends DayWindow {
  /** How many days it has. */
  days: number;
  /** The period before it, as long as it is. */
  previous: DayWindow;
}

/** @throws AppError `validation_failed` for one that ends before it begins, or is too long */
export function readPeriod({ from, to }: DayWindow): Period {
  const first = Temporal.PlainDate.from(from);
  const days = first.until(Temporal.PlainDate.from(to), { largestUnit: 'days' }).days + 1;
  if (days < 1 || days > mostDays)
    throw invalidFields([{ path: 'to', message: `must be 0 to ${mostDays - 1} days after from` }]);
  const previous = { from: first.subtract({ days }).toString(), to: first.subtract({ days: 1 }).toString() };
  return { from, to, days, previous };
}
