import { type CsvCell, csvLine } from '@tributary/core/csv';
import { showId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { type SQL, sql } from 'drizzle-orm';
import * as z from 'zod';
import type { Dimension } from '../rollup/rollup-columns.ts';
import { computeFigures, figures, type Sums } from './figures.ts';
import { nameColumns, nameKey, namePosition } from './name-key.ts';
import { dashboardFilters, readPeriod } from './period.ts';
import { type Question, selectDays, sumColumns } from './select-days.ts';

const dimensionOf = {
  day: 'total',
  brand: 'brand',
  connection: 'connection',
  campaign: 'campaign',
  source: 'source',
  subId: 'sub_id',
} as const satisfies Readonly<Record<string, Dimension>>;

export const exportFilters = dashboardFilters.extend({
  by: z
    .enum(Object.keys(dimensionOf) as [keyof typeof dimensionOf])
    .default('day')
    .describe('A line per day, or per day and one of these.'),
});

/** Behind the line of this day and value. */
export const exportPosition = z.tuple([z.iso.date(), ...namePosition.def.items]);

type Position = z.output<typeof exportPosition>;

const exportInput = exportFilters.extend({ limit: z.int().positive(), after: exportPosition.optional() });

const counted = Object.keys(figures.shape) as (keyof typeof figures.shape)[];

/** The line of CSV with which an export begins. */
export const exportHeader = csvLine(['day', 'by', 'value', 'currency', ...counted]);

type ExportRow = { currency: string; day: string; value: string; current: Sums; prefix: string; hash: string };

/**
 * Lines of CSV, a day after the other: at most `limit`, each with the position a next page continues from. Amounts are minor units of the
 * base currency. @throws AppError `validation_failed`
 */
export const exportDays = verb(exportInput, async (context: TenantContext, { by, limit, after, ...filters }) => {
  const period = readPeriod(filters);
  const question = { ...filters, orgId: context.orgId, dimension: dimensionOf[by], period, isCompared: false };
  const statement = selectLines(question, { limit, after });
  const { rows } = await readTenant(context, (reader) => reader.execute<ExportRow>(statement));
  return rows.map(({ day, value, currency, current, prefix, hash }) => {
    const shown = computeFigures(current);
    const name = by === 'connection' ? showId('connection', value) : value;
    const cells: CsvCell[] = [day, by, name, currency, ...counted.map((figure) => shown[figure])];
    return { item: csvLine(cells), position: [day, prefix, hash] satisfies Position };
  });
});

function selectLines(question: Question, { limit, after }: { limit: number; after: Position | undefined }): SQL {
  const { period } = question;
  // Days before the page are not read again.
  const from = after && after[0] > period.from ? after[0] : period.from;
  const days = selectDays({ ...question, period: { ...period, from } });
  const isBehind =
    after && sql`(t.day, ${nameKey(sql`t.value`)}) > (${after[0]}::date, ${after[1]} collate "C", ${after[2]})`;
  return sql`select o.base_currency as currency, t.day::text, t.value, t.current, ${nameColumns(sql`t.value`)}
    from identity.organizations o
    cross join lateral (select r.day, r.value, ${sumColumns(question)} from (${days}) r group by r.day, r.value) t
    where o.id = ${question.orgId} ${isBehind ? sql`and ${isBehind}` : sql``}
    order by t.day, ${nameKey(sql`t.value`)} limit ${limit}`;
}
