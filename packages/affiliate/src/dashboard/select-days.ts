import type { DayWindow } from '@tributary/core/daily-stats';
import { readId } from '@tributary/core/ids';
import { type SQL, sql } from 'drizzle-orm';
import { type Dimension, dimensions, metrics } from '../rollup/rollup-columns.ts';
import type { DashboardFilters, Period } from './period.ts';

/** What is asked of an organization: by which dimension, of which accounts. */
export interface Question extends Pick<DashboardFilters, 'brand' | 'connectionId'> {
  orgId: string;
  dimension: Dimension;
  period: Period;
  /** Whether the days of the period before are asked for, too. */
  isCompared: boolean;
}

/**
 * A select of `(day, value, base_currency, row_count, rows_unconverted)` and the metrics, amounts in base currency: roll-ups where they can
 * tell, or else the facts themselves by their primary key. Roll-ups tell nothing of a filter and another dimension together: campaigns,
 * sources and sub ids of one account or network, and two filters at once, are facts.
 */
export function selectDays({ period, isCompared, ...question }: Question): SQL {
  const span = { from: isCompared ? period.previous.from : period.from, to: period.to };
  const kept = findRollups(question);
  return kept ? selectRollups(question, kept, span) : selectFacts(question, span);
}

type Asked = Omit<Question, 'period' | 'isCompared'>;

interface Kept {
  dimension: Dimension;
  /** Null: all there are. */
  value: string | null;
}

/** Which roll-ups answer it; null: none. */
function findRollups({ dimension, brand, connectionId }: Asked): Kept | null {
  const filters: readonly Kept[] = [
    ...(brand === undefined ? [] : [{ dimension: 'brand', value: brand } as const]),
    ...(connectionId === undefined
      ? []
      : [{ dimension: 'connection', value: readId('connection', connectionId) } as const]),
  ];
  const [filter] = filters;
  if (!filter) return { dimension, value: null };
  return filters.length === 1 && (dimension === 'total' || dimension === filter.dimension) ? filter : null;
}

const columns = metrics.map(({ column }) => column).join(', ');

function selectRollups({ orgId, dimension }: Asked, kept: Kept, { from, to }: DayWindow): SQL {
  const value = dimension === 'total' ? sql`''` : sql`value`;
  return sql`select day, ${value} as value, base_currency, row_count, rows_unconverted, ${sql.raw(columns)}
    from affiliate.rollups where org_id = ${orgId} and dimension = ${kept.dimension} and day between ${from}::date and ${to}::date
      ${kept.value === null ? sql`` : sql`and value = ${kept.value}`}`;
}

const factColumns = metrics
  .map(({ column, isAmount }) => (isAmount ? `f.base_${column} as ${column}` : `f.${column}`))
  .join(', ');

function selectFacts({ orgId, dimension, brand, connectionId }: Asked, { from, to }: DayWindow): SQL {
  const column = dimensions.find(({ name }) => name === dimension)?.column ?? null;
  const value = column === null ? sql`''` : sql`${sql.raw(`f.${column}`)}::text`;
  return sql`select f.day, ${value} as value, f.base_currency, 1 as row_count, (f.rate is null)::int as rows_unconverted, ${sql.raw(factColumns)}
    from affiliate.accounts a join affiliate.stats_daily f on f.org_id = a.org_id and f.connection_id = a.connection_id
    where a.org_id = ${orgId} and f.org_id = ${orgId} and f.day between ${from}::date and ${to}::date
      ${brand === undefined ? sql`` : sql`and a.brand = ${brand}`}
      ${connectionId === undefined ? sql`` : sql`and a.connection_id = ${readId('connection', connectionId)}`}`;
}

/**
 * Two columns of JSON, `current` and `previous`, over days `r` of an organization `o`: sums as `computeFigures` reads them. Amounts in what
 * is no longer the base currency are not added: their rows count as unconverted until they are derived anew. `previous` is null unless asked for.
 */
export function sumColumns({ period: { from }, isCompared }: Pick<Question, 'period' | 'isCompared'>): SQL {
  const sums = (isOf: SQL) => {
    const each = metrics.map(({ column, isAmount }) => sumOf(column, isAmount, isOf));
    const missed = sql`sum(case when r.base_currency = o.base_currency then r.rows_unconverted else r.row_count end) filter (where ${isOf})`;
    return sql`json_build_array(${sql.join([...each, missed], sql`, `)})`;
  };
  const previous = isCompared ? sums(sql`r.day < ${from}::date`) : sql`null::json`;
  return sql`${sums(sql`r.day >= ${from}::date`)} as current, ${previous} as previous`;
}

/** The sum of a metric in the period asked for, as text of SQL. */
export function sumOfMetric(metric: (typeof metrics)[number]['metric'], { from }: Period): SQL {
  const { column, isAmount } = metrics.find((one) => one.metric === metric) ?? metrics[0];
  return sql`coalesce(${sumOf(column, isAmount, sql`r.day >= ${from}::date`)}, 0)`;
}

function sumOf(column: string, isAmount: boolean, isOf: SQL): SQL {
  const isShown = isAmount ? sql`${isOf} and r.base_currency = o.base_currency` : isOf;
  return sql`sum(${sql.raw(`r.${column}`)}) filter (where ${isShown})`;
}
