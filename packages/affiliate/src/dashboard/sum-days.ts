import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { type SQL, sql } from 'drizzle-orm';
import { metrics } from '../rollup/rollup-columns.ts';
import { type Question, selectDays } from './select-days.ts';

/** Sums as `computeFigures` reads them. */
interface Summed {
  current: number[];
  previous: number[];
}

type SumRow = { currency: string; bucket: string; isCurrent: boolean | null; isShown: boolean; sums: number[] };

const nothing = (): Summed => ({ current: metrics.map(() => 0).concat(0), previous: metrics.map(() => 0).concat(0) });

/**
 * What days `r` add up to in one round trip, each bucket for itself. Grouped rather than filtered sum by sum, which costs a third more: amounts in
 * what is no longer the base currency are a group of their own, and are not added; their rows count as unconverted until they are derived anew.
 * @param bucket of a day `r.day`, a text
 */
export async function sumDays(context: TenantContext, question: Question, bucket: SQL) {
  const statement = selectSums(question, bucket);
  const { rows } = await readTenant(context, (reader) => reader.execute<SumRow>(statement));
  const buckets = new Map<string, Summed>();
  for (const { bucket, isCurrent, isShown, sums } of rows) {
    if (isCurrent === null) continue;
    const summed = buckets.get(bucket) ?? nothing();
    buckets.set(bucket, summed);
    add(isCurrent ? summed.current : summed.previous, sums, isShown);
  }
  return { currency: (rows[0] as SumRow).currency, of: (bucket: string) => buckets.get(bucket) ?? nothing() };
}

// The last two of `sums` are the rows that miss amounts, and all rows.
function add(to: number[], sums: readonly number[], isShown: boolean): void {
  for (const [at, { isAmount }] of metrics.entries()) {
    if (isShown || !isAmount) to[at] = (to[at] ?? 0) + (sums[at] ?? 0);
  }
  const missing = sums[isShown ? metrics.length : metrics.length + 1] ?? 0;
  to[metrics.length] = (to[metrics.length] ?? 0) + missing;
}

const columns = [...metrics.map(({ column }) => column), 'rows_unconverted', 'row_count'];
const sums = sql.raw(`json_build_array(${columns.map((column) => `sum(r.${column})`).join(', ')})`);

const selectSums = (question: Question, bucket: SQL) => sql`select o.base_currency as currency, t.*
  from identity.organizations o
  left join lateral (
    select ${bucket} as bucket, r.day >= ${question.period.from}::date as "isCurrent", r.base_currency = o.base_currency as "isShown", ${sums} as sums
    from (${selectDays(question)}) r group by 1, 2, 3
  ) t on true
  where o.id = ${question.orgId}`;
