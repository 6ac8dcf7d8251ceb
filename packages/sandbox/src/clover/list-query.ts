import type { TimeField } from './account.ts';

/** Both ends included. */
export interface Span {
  readonly fromMs: number;
  readonly toMs: number;
}

export interface ListQuery {
  readonly spans: Readonly<Partial<Record<TimeField, Span>>>;
  /** Besides the spans. */
  accepts: ((object: object) => boolean) | null;
  readonly order: { readonly field: TimeField; readonly isAscending: boolean };
  readonly offset: number;
  readonly limit: number;
}

interface Filter {
  readonly field: string;
  readonly operator: Operator;
  readonly value: string;
}

const windowMs = 90 * 24 * 60 * 60 * 1000;
const maxLimit = 1000;
const timeFields: Readonly<Record<string, TimeField>> = {
  createdTime: 'createdTime',
  clientCreatedTime: 'createdTime',
  modifiedTime: 'modifiedTime',
};

/** Of Clover's lists, the fields that these objects have. */
export const filterFields = {
  payments: ['id', 'amount', 'result', ...Object.keys(timeFields)],
  orders: ['id', 'total', ...Object.keys(timeFields)],
} as const satisfies Record<string, readonly string[]>;

const comparisons = {
  '>=': (one, other) => one >= other,
  '<=': (one, other) => one <= other,
  '!=': (one, other) => one !== other,
  '>': (one, other) => one > other,
  '<': (one, other) => one < other,
  '=': (one, other) => one === other,
} as const satisfies Record<string, (one: number | string, other: number | string) => boolean>;
type Operator = keyof typeof comparisons;

/**
 * Reads `filter` (any number, all must hold), `orderBy`, `offset` and `limit` of a list.
 * @returns the name of the parameter that cannot be read.
 * @see https://docs.clover.com/docs/applying-filters, …/sorting-collections, …/paginating-elements
 */
export function readListQuery(kind: keyof typeof filterFields, query: URLSearchParams, nowMs: number) {
  const filters = query.getAll('filter').map((text) => readFilter(filterFields[kind], text));
  if (filters.includes(null)) return 'filter';
  const order = readOrder(query.get('orderBy'));
  if (order === null) return 'orderBy';
  const offset = readCount(query.get('offset'), 0);
  if (offset === null) return 'offset';
  const limit = readCount(query.get('limit'), 100);
  if (limit === null || limit === 0) return 'limit';
  const known = filters as Filter[];
  return {
    spans: spansOf(known, nowMs),
    accepts: acceptsOf(known.filter(({ field, operator }) => !(field in timeFields) || operator === '!=')),
    order,
    offset,
    limit: Math.min(limit, maxLimit),
  } satisfies ListQuery;
}

function readFilter(fields: readonly string[], text: string): Filter | null {
  const [, field = '', operator, value = ''] = /^(\w+(?:\.\w+)*)(>=|<=|!=|>|<|=)(.+)$/.exec(text) ?? [];
  if (!fields.includes(field)) return null;
  if (field in timeFields && !/^\d{1,15}$/.test(value)) return null;
  return { field, operator: operator as Operator, value };
}

function readOrder(text: string | null): ListQuery['order'] | null {
  if (text === null) return { field: 'createdTime', isAscending: false };
  const [, name = '', direction] = /^(\w+)(?: (ASC|DESC))?$/.exec(text) ?? [];
  const field = timeFields[name];
  return field === undefined ? null : { field, isAscending: direction === 'ASC' };
}

function readCount(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^\d{1,9}$/.test(text) ? Number(text) : null;
}

/** Each time that is asked for is cut to the last 90 days of its range; without any, what was created in the last 90. */
function spansOf(filters: readonly Filter[], nowMs: number): ListQuery['spans'] {
  const spans: Partial<Record<TimeField, Span>> = {};
  for (const { field, operator, value } of filters) {
    const timeField = timeFields[field];
    if (timeField === undefined || operator === '!=') continue;
    const before = spans[timeField] ?? { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
    spans[timeField] = narrow(before, operator, Number(value));
  }
  if (Object.keys(spans).length === 0)
    spans.createdTime = { fromMs: Number.NEGATIVE_INFINITY, toMs: Number.POSITIVE_INFINITY };
  return Object.fromEntries(
    Object.entries(spans).map(([field, { fromMs, toMs }]) => [
      field,
      { fromMs: Math.max(fromMs, Math.min(toMs, nowMs) - windowMs), toMs },
    ]),
  );
}

function narrow({ fromMs, toMs }: Span, operator: Exclude<Operator, '!='>, atMs: number): Span {
  const from = { '>=': atMs, '>': atMs + 1, '=': atMs, '<=': fromMs, '<': fromMs }[operator];
  const to = { '<=': atMs, '<': atMs - 1, '=': atMs, '>=': toMs, '>': toMs }[operator];
  return { fromMs: Math.max(fromMs, from), toMs: Math.min(toMs, to) };
}

function acceptsOf(filters: readonly Filter[]): ListQuery['accepts'] {
  if (filters.length === 0) return null;
  return (object) =>
    filters.every(({ field, operator, value }) => {
      const found = (object as Record<string, unknown>)[timeFields[field] ?? field];
      if (typeof found === 'number') return comparisons[operator](found, Number(value));
      return typeof found === 'string' && comparisons[operator](found, value);
    });
}
