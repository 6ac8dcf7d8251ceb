import { verb } from '@tributary/core/verb';
import type { TenantContext } from '@tributary/db/transaction';
import { sql } from 'drizzle-orm';
import { Temporal } from 'temporal-polyfill';
import * as z from 'zod';
import { comparison, computeComparison, computeFigures, figures } from './figures.ts';
import { comparedFilters, type Period, readPeriod } from './period.ts';
import { sumDays } from './sum-days.ts';

const seriesInterval = z.enum(['day', 'week', 'month']);

type Interval = z.output<typeof seriesInterval>;

export const seriesFilters = comparedFilters.extend({
  interval: seriesInterval
    .default('day')
    .describe('Weeks begin on Mondays; the first and the last one are cut to the period.'),
});

export const affiliateSeries = z
  .strictObject({
    currency: z.string().length(3),
    points: z.array(
      z.strictObject({
        from: z.iso.date(),
        to: z.iso.date(),
        figures,
        previous: comparison
          .nullable()
          .describe('The same days, as many days before as the whole period has. Null unless asked for.'),
      }),
    ),
  })
  .meta({ id: 'AffiliateSeries', description: 'What networks counted, point by point; none is left out.' });

type AffiliateSeries = z.infer<typeof affiliateSeries>;

/** What the days of a period add up to, by day, week or month. @throws AppError `validation_failed` */
export const getSeries = verb(
  seriesFilters,
  async (context: TenantContext, { compare, interval, ...filters }): Promise<AffiliateSeries> => {
    const period = readPeriod(filters);
    const question = {
      ...filters,
      orgId: context.orgId,
      dimension: 'total',
      period,
      isCompared: compare !== undefined,
    } as const;
    const { currency, of } = await sumDays(context, question, bucketOf(period, interval));
    const points = bucketsOf(period, interval).map(({ bucket, ...span }) => {
      const { current, previous } = of(bucket);
      const shown = computeFigures(current);
      const before = question.isCompared
        ? computeComparison(shown, previous, { ...period, previous: shifted(span, period) })
        : null;
      return { ...span, figures: shown, previous: before };
    });
    return { currency, points };
  },
);

// A day of the period before stands in the bucket of the day that it is compared with.
const bucketOf = ({ from, days }: Period, interval: Interval) =>
  sql`date_trunc(${interval}, (case when r.day < ${from}::date then r.day + ${days}::int else r.day end)::timestamp)::date::text`;

const firstDayOf: Readonly<Record<Interval, (day: Temporal.PlainDate) => Temporal.PlainDate>> = {
  day: (day) => day,
  week: (day) => day.subtract({ days: day.dayOfWeek - 1 }),
  month: (day) => day.with({ day: 1 }),
};

function bucketsOf({ from, to }: Period, interval: Interval) {
  const buckets: { bucket: string; from: string; to: string }[] = [];
  const last = Temporal.PlainDate.from(to);
  for (let day = Temporal.PlainDate.from(from); Temporal.PlainDate.compare(day, last) <= 0; ) {
    const bucket = firstDayOf[interval](day);
    const next = bucket.add({ [`${interval}s`]: 1 });
    const end = Temporal.PlainDate.compare(next, last) > 0 ? last : next.subtract({ days: 1 });
    buckets.push({ bucket: bucket.toString(), from: day.toString(), to: end.toString() });
    day = next;
  }
  return buckets;
}

function shifted(span: { from: string; to: string }, { days }: Period) {
  const before = (day: string) => Temporal.PlainDate.from(day).subtract({ days }).toString();
  return { from: before(span.from), to: before(span.to) };
}
