import type { ContentFault, Fault } from '../kernel/faults.ts';
import { Refused } from './errors.ts';
import type { RowQuery, SortField, Span, Timed } from './row-list.ts';

const yearMs = 365 * 24 * 60 * 60 * 1000;
const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|[+-]\d{2}:\d{2})$/;

/** What lists of payments and of refunds have in common. */
export interface ListContext<Row extends Timed> {
  readonly nowMs: number;
  readonly sortFields: readonly SortField[];
  /** Is `updated_at_begin_time` the first time that is listed, or the last that is not? */
  readonly updatedAtBegin: 'inclusive' | 'exclusive';
  readonly matches: (row: Row) => boolean;
  readonly fault: Fault<ContentFault> | null;
}

/**
 * Reads the parameters of `GET /v2/payments` and `GET /v2/refunds`.
 * @throws Refused INVALID_TIME, INVALID_ENUM_VALUE, EXPECTED_INTEGER, INVALID_VALUE
 * @see api.json, ListPayments and ListPaymentRefunds
 */
export function readListQuery<Row extends Timed>(query: URLSearchParams, context: ListContext<Row>): RowQuery<Row> {
  const { nowMs, fault } = context;
  const created = readSpan(query, 'begin_time', 'end_time', nowMs - yearMs);
  const updated = readSpan(query, 'updated_at_begin_time', 'updated_at_end_time');
  const offline = readSpan(query, 'offline_begin_time', 'offline_end_time');
  const shift = context.updatedAtBegin === 'exclusive' ? 1 : 0;
  const spans: Partial<Record<SortField, Span>> = { CREATED_AT: toSpan(created) };
  // Refunds document `begin_time` as the default of `updated_at_begin_time`: no row is updated before it is created.
  if (updated !== null)
    spans.UPDATED_AT = toSpan({ ...updated, from: updated.from === undefined ? undefined : updated.from + shift });
  if (offline !== null) spans.OFFLINE_CREATED_AT = toSpan(offline);
  return {
    sortField: readEnum(query, 'sort_field', context.sortFields),
    isAscending: readEnum(query, 'sort_order', ['DESC', 'ASC']) === 'ASC',
    spans,
    matches: context.matches,
    limit: readLimit(query),
    cursor: query.get('cursor'),
    query: queryOf(query),
    writtenUntilMs: fault?.kind === 'stale' ? nowMs - fault.seconds * 1000 : Number.POSITIVE_INFINITY,
  };
}

interface OpenSpan {
  readonly from?: number | undefined;
  readonly to?: number | undefined;
}

function readSpan(query: URLSearchParams, begin: string, end: string, defaultFrom?: number): OpenSpan | null {
  const [from, to] = [readTime(query, begin) ?? defaultFrom, readTime(query, end)];
  return from === undefined && to === undefined ? null : { from, to };
}

function toSpan(span: OpenSpan | null): Span {
  return { from: span?.from ?? Number.NEGATIVE_INFINITY, to: span?.to ?? Number.POSITIVE_INFINITY };
}

function readTime(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name);
  if (text === null) return undefined;
  const time = rfc3339.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(time)) throw new Refused('INVALID_TIME', `${name} is no RFC 3339 time.`, name);
  return time;
}

function readEnum<Value extends string>(query: URLSearchParams, name: string, values: readonly Value[]): Value {
  const text = query.get(name) ?? values[0];
  const value = values.find((other) => other === text);
  if (value === undefined) throw new Refused('INVALID_ENUM_VALUE', `${name} is none of ${values.join(', ')}.`, name);
  return value;
}

/** More than 100 is as if it was not said. */
function readLimit(query: URLSearchParams): number {
  const text = query.get('limit');
  if (text === null) return 100;
  if (!/^-?\d+$/.test(text)) throw new Refused('EXPECTED_INTEGER', 'limit is no integer.', 'limit');
  const limit = Number(text);
  if (limit < 1) throw new Refused('INVALID_VALUE', 'limit is less than 1.', 'limit');
  return Math.min(limit, 100);
}

/** A cursor goes with the parameters it was made for; the size of a page may change on the way. */
function queryOf(query: URLSearchParams): string {
  const kept = [...query].filter(([name]) => name !== 'cursor' && name !== 'limit');
  return JSON.stringify(kept.sort(([one], [other]) => (one < other ? -1 : 1)));
}
