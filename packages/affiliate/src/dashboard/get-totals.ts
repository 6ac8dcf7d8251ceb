import { verb } from '@tributary/core/verb';
import type { TenantContext } from '@tributary/db/transaction';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { comparison, computeComparison, computeFigures, figures } from './figures.ts';
import { comparedFilters, readPeriod } from './period.ts';
import { sumDays } from './sum-days.ts';

export const affiliateTotals = z
  .strictObject({
    from: z.iso.date(),
    to: z.iso.date(),
    currency: z.string().length(3),
    figures,
    previous: comparison.nullable().describe('Null unless asked for.'),
  })
  .meta({ id: 'AffiliateTotals', description: 'What networks counted in a period, all together.' });

type AffiliateTotals = z.infer<typeof affiliateTotals>;

/** What all days of a period add up to. @throws AppError `validation_failed` */
export const getTotals = verb(
  comparedFilters,
  async (context: TenantContext, { compare, ...filters }): Promise<AffiliateTotals> => {
    const period = readPeriod(filters);
    const question = {
      ...filters,
      orgId: context.orgId,
      dimension: 'total',
      period,
      isCompared: compare !== undefined,
    } as const;
    const { currency, of } = await sumDays(context, question, sql`''`);
    const { current, previous } = of('');
    const shown = computeFigures(current);
    return {
      ...{ from: period.from, to: period.to, currency, figures: shown },
      previous: compare ? computeComparison(shown, previous, period) : null,
    };
  },
);
