import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { comparison, computeComparison, computeFigures, figures, type Sums } from './figures.ts';
import { comparedFilters, readPeriod } from './period.ts';
import { type Question, selectDays, sumColumns } from './select-days.ts';

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

type TotalsRow = { currency: string; current: Sums; previous: Sums | null };

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
    const { rows } = await readTenant(context, (reader) => reader.execute<TotalsRow>(selectTotals(question)));
    const [{ currency, current, previous }] = rows as [TotalsRow];
    const shown = computeFigures(current);
    return {
      ...{ from: period.from, to: period.to, currency, figures: shown },
      previous: previous ? computeComparison(shown, previous, period) : null,
    };
  },
);

const selectTotals = (question: Question) => sql`select o.base_currency as currency, t.current, t.previous
  from identity.organizations o
  cross join lateral (select ${sumColumns(question)} from (${selectDays(question)}) r) t
  where o.id = ${question.orgId}`;
