import { dailyMetrics } from '@tributary/core/daily-stats';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import { comparison, computeComparison, computeFigures, figures, type Sums } from './figures.ts';
import { nameColumns, nameKey, namePosition } from './name-key.ts';
import { comparedFilters, readPeriod } from './period.ts';
import { type Question, selectDays, sumColumns, sumOfMetric } from './select-days.ts';

export const breakdownFilters = comparedFilters.extend({
  sort: z.enum(dailyMetrics).default('commissionMinor').describe('The most of this first.'),
});

export const breakdown = z
  .strictObject({
    value: z.string().describe('A brand’s slug, or a name as the network tells it: empty where it tells none.'),
    name: z.string().nullable().describe('The brand’s; null for others.'),
    currency: z.string().length(3),
    figures,
    previous: comparison.nullable().describe('Null unless asked for.'),
  })
  .meta({ id: 'AffiliateBreakdown', description: 'What networks counted of one brand, campaign, source or sub id.' });

type Breakdown = z.infer<typeof breakdown>;

/** Behind the one with this sum and this name. */
export const breakdownPosition = z.tuple([z.string().regex(/^-?\d{1,30}$/), ...namePosition.def.items]);

type Position = z.output<typeof breakdownPosition>;

const listBreakdownInput = breakdownFilters.extend({
  dimension: z.enum(['brand', 'campaign', 'source', 'sub_id']),
  limit: z.int().positive(),
  after: breakdownPosition.optional(),
});

type BreakdownRow = {
  currency: string;
  value: string;
  name: string | null;
  current: Sums;
  previous: Sums | null;
  rank: string;
  prefix: string;
  hash: string;
};

/**
 * What a period adds up to by brand, campaign, source or sub id, the most of `sort` first: at most `limit`, each with the position a next page
 * continues from. Compared, those that had something only before are among them. @throws AppError `validation_failed`
 */
export const listBreakdown = verb(
  listBreakdownInput,
  async (context: TenantContext, { compare, sort, limit, after, ...filters }) => {
    const period = readPeriod(filters);
    const question = { ...filters, orgId: context.orgId, period, isCompared: compare !== undefined };
    const statement = selectBreakdown(question, sumOfMetric(sort, period), { limit, after });
    const { rows } = await readTenant(context, (reader) => reader.execute<BreakdownRow>(statement));
    return rows.map(({ value, name, currency, current, previous, rank, prefix, hash }) => {
      const shown = computeFigures(current);
      const before = previous ? computeComparison(shown, previous, period) : null;
      const item: Breakdown = { value, name, currency, figures: shown, previous: before };
      return { item, position: [rank, prefix, hash] satisfies Position };
    });
  },
);

function selectBreakdown(
  question: Question,
  rank: SQL,
  { limit, after }: { limit: number; after: Position | undefined },
): SQL {
  const name =
    question.dimension === 'brand' ? sql`(select b.name from ref.brands b where b.slug = t.value)` : sql`null`;
  const isBehind =
    after && sql`(-t.rank, ${nameKey(sql`t.value`)}) > (-(${after[0]}::numeric), ${after[1]} collate "C", ${after[2]})`;
  return sql`select o.base_currency as currency, t.value, ${name} as name, t.current, t.previous, t.rank::text,
      ${nameColumns(sql`t.value`)}
    from identity.organizations o
    cross join lateral (
      select r.value, ${sumColumns(question)}, ${rank} as rank from (${selectDays(question)}) r group by r.value
    ) t
    where o.id = ${question.orgId} ${isBehind ? sql`and ${isBehind}` : sql``}
    order by -t.rank, ${nameKey(sql`t.value`)} limit ${limit}`;
}
