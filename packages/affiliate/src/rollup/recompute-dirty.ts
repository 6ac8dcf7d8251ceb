import type { TenantTransaction } from '@tributary/db/transaction';
import { counts, dimensions, metrics } from './rollup-columns.ts';

interface Recomputed {
  /** Days that were computed anew, YYYY-MM-DD. */
  days: string[];
  /** Roll-ups that were written, those that were right not counted. */
  written: number;
}

/**
 * Computes the roll-ups of days that are marked, those that have waited longest first, and takes the marks away. As the worker login.
 * Where another transaction is about to mark a day again, the day is left for later. Running it again writes nothing.
 */
export async function recomputeDirty(
  tx: Pick<TenantTransaction, 'orgId' | 'query'>,
  { atMost }: { atMost: number },
): Promise<Recomputed> {
  const claimed = await tx.query<{ day: string }>(claiming, [tx.orgId, atMost]);
  const days = claimed.map(({ day }) => day).toSorted();
  if (days.length === 0) return { days, written: 0 };
  // Only now, in a statement of its own: its snapshot has the facts of whoever marked a day until it was claimed. Who marks it from now on
  // waits for this transaction, and so leaves a mark for what this one does not see.
  const [done] = await tx.query<{ written: number }>(recomputing, [tx.orgId, days, dimensions.map(({ name }) => name)]);
  return { days, written: done?.written ?? 0 };
}

const claiming = `with claimed as materialized (
    select day from affiliate.dirty_days where org_id = $1 order by marked_at, day limit $2 for update skip locked
  )
  delete from affiliate.dirty_days d using claimed c where d.org_id = $1 and d.day = c.day returning d.day::text as day`;

const among = (columns: readonly string[], of: string) => columns.map((column) => `${of}.${column}`).join(', ');
const split = dimensions.filter(({ column }) => column !== null);
const splitColumns = split.map(({ column }) => `f.${column}`);

/** As GROUPING tells it: a bit for each column, the last one the lowest, set where the column is not what is grouped by. */
const groupingOf = (at: number) => 2 ** split.length - 1 - (at < 0 ? 0 : 2 ** (split.length - 1 - at));

const named = dimensions.map((dimension) => `when ${groupingOf(split.indexOf(dimension))} then '${dimension.name}'`);

/** No sum leaves the safe integers: it stays at the last one, so that one account with absurd numbers does not keep all others from theirs. */
const bounded = (sum: string) =>
  `least(greatest(coalesce(${sum}, 0), ${-Number.MAX_SAFE_INTEGER}), ${Number.MAX_SAFE_INTEGER})::bigint`;

const base = '(select base_currency from organization)';
// Facts that all stand in another currency, since the organization's was changed, are told in theirs: should it be changed back, this is right.
const isOfOneBase = 'min(f.base_currency) = max(f.base_currency)';
const inOneBase = (all: string) =>
  `case when ${isOfOneBase} then ${all} else ${all} filter (where f.base_currency = ${base}) end`;

const sums = metrics.map(({ column, isAmount }) => {
  const sum = isAmount ? inOneBase(`sum(f.base_${column})`) : `sum(f.${column})`;
  return `${bounded(sum)} as ${column}`;
});

const written = [...metrics.map(({ column }) => column), 'base_currency', ...counts];
const key = ['dimension', 'day', 'value'];
const sameKey = `(${among(key, 'r')}) = (${among(key, 's')})`;

// All dimensions in one pass over the facts. What is as it was is not written, not even locked.
const recomputing = `with organization as materialized (
    select base_currency from identity.organizations where id = $1
  ), s as materialized (
    select case grouping(${splitColumns.join(', ')}) ${named.join(' ')} end as dimension, f.day,
      coalesce(${splitColumns.map((column) => `${column}::text`).join(', ')}, '') as value,
      ${sums.join(', ')}, case when ${isOfOneBase} then min(f.base_currency) else ${base} end as base_currency,
      count(*) as row_count, count(*) - ${inOneBase('count(f.rate)')} as rows_unconverted
    from affiliate.stats_daily f where f.org_id = $1 and f.day = any ($2::date[])
    group by grouping sets ((f.day), ${splitColumns.map((column) => `(f.day, ${column})`).join(', ')})
  ), vanished as (
    delete from affiliate.rollups r where r.org_id = $1 and r.dimension = any ($3::text[]) and r.day = any ($2::date[])
      and not exists (select from s where ${sameKey})
    returning 1
  ), changed as (
    update affiliate.rollups r set (${written.join(', ')}) = (${among(written, 's')}) from s
    where r.org_id = $1 and r.day = any ($2::date[]) and ${sameKey} and (${among(written, 'r')}) is distinct from (${among(written, 's')})
    returning 1
  ), added as (
    insert into affiliate.rollups (org_id, ${key.join(', ')}, ${written.join(', ')})
    select $1, ${among(key, 's')}, ${among(written, 's')} from s
    where not exists (select from affiliate.rollups r where r.org_id = $1 and ${sameKey})
    returning 1
  )
  select (select count(*) from vanished) + (select count(*) from changed) + (select count(*) from added) as written`;
