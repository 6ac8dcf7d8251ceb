import { createSortedRows, type SortedRows } from '../kernel/sorted-rows.ts';
import type { Timeline } from '../kernel/timeline.ts';
import { type Position, readCursor, writeCursor } from './cursor.ts';

export type SortField = 'CREATED_AT' | 'UPDATED_AT' | 'OFFLINE_CREATED_AT';

export interface Timed {
  readonly id: string;
  readonly created_at: string;
  readonly updated_at: string;
  readonly offline_payment_details?: { readonly client_created_at: string } | undefined;
}

/** A version of a row, its times read once. */
export interface Entry<Row extends Timed> {
  readonly row: Row;
  /** Null: rows without that time are not in that order. */
  readonly times: Readonly<Record<SortField, number | null>>;
  /** When the simulator was told, whatever the row's own times say. */
  readonly writtenMs: number;
}

/** Times in Unix milliseconds. */
export interface Span {
  readonly from: number;
  readonly to: number;
}

export interface RowQuery<Row extends Timed> {
  readonly sortField: SortField;
  readonly isAscending: boolean;
  readonly spans: Readonly<Partial<Record<SortField, Span>>>;
  readonly matches: (row: Row) => boolean;
  readonly limit: number;
  readonly cursor: string | null;
  /** What the cursor belongs to. */
  readonly query: string;
  /** Rows written after this are not there yet. */
  readonly writtenUntilMs: number;
}

export interface RowPage<Row> {
  readonly rows: readonly Row[];
  readonly cursor: string | null;
}

export interface RowList<Row extends Timed> {
  /** Adds a row, or a newer version of it. */
  put(row: Row): void;
  page(query: RowQuery<Row>): RowPage<Row>;
}

export interface RowListOptions {
  readonly timeline: Timeline;
  /** From a change to its being listed. */
  readonly visibleAfterMs: () => number;
  /** `offset` counts rows, and so loses rows that change places; `keyset` goes on after the last row. */
  readonly cursorKind: 'keyset' | 'offset';
}

/** A list that sees each change some time after it was made, and is kept in every order it can be asked for. */
export function createRowList<Row extends Timed>(options: RowListOptions): RowList<Row> {
  const { timeline } = options;
  const visible = new Map<string, Entry<Row>>();
  const orders: Record<SortField, SortedRows<Entry<Row>>> = {
    CREATED_AT: createSortedRows(byTime('CREATED_AT')),
    UPDATED_AT: createSortedRows(byTime('UPDATED_AT')),
    OFFLINE_CREATED_AT: createSortedRows(byTime('OFFLINE_CREATED_AT')),
  };
  let waiting: { entry: Entry<Row>; visibleMs: number }[] = [];

  const show = (entry: Entry<Row>) => {
    const shown = visible.get(entry.row.id);
    if (shown !== undefined && keyOf(shown, 'UPDATED_AT') > keyOf(entry, 'UPDATED_AT')) return;
    visible.set(entry.row.id, entry);
    for (const field of sortFields) {
      if (shown !== undefined && shown.times[field] !== null) orders[field].remove(shown);
      if (entry.times[field] !== null) orders[field].add(entry);
    }
  };
  const settle = () => {
    if (waiting.length === 0) return;
    const nowMs = timeline.now().getTime();
    const due = waiting.filter(({ visibleMs }) => visibleMs <= nowMs);
    if (due.length === 0) return;
    waiting = waiting.filter(({ visibleMs }) => visibleMs > nowMs);
    for (const { entry } of due) show(entry);
  };

  return {
    put: (row) => {
      const writtenMs = timeline.now().getTime();
      const afterMs = options.visibleAfterMs();
      if (afterMs === 0) show(toEntry(row, writtenMs));
      else waiting.push({ entry: toEntry(row, writtenMs), visibleMs: writtenMs + afterMs });
    },
    page: (query) => {
      settle();
      return readPage(orders[query.sortField], query, options.cursorKind);
    },
  };
}

const sortFields: readonly SortField[] = ['CREATED_AT', 'UPDATED_AT', 'OFFLINE_CREATED_AT'];

function readPage<Row extends Timed>(
  order: SortedRows<Entry<Row>>,
  query: RowQuery<Row>,
  cursorKind: 'keyset' | 'offset',
): RowPage<Row> {
  const at = query.cursor === null ? null : readCursor(query.cursor, query.query);
  const entries = order.all();
  const rows: Entry<Row>[] = [];
  let skip = at !== null && 'skip' in at ? at.skip : 0;
  const skipped = skip;
  const step = query.isAscending ? 1 : -1;
  for (let index = firstIndex(order, query, at); ; index += step) {
    const entry = entries[index];
    if (entry === undefined || isBeyond(entry, query)) return { rows: rows.map(({ row }) => row), cursor: null };
    if (!fits(entry, query)) continue;
    if (skip > 0) skip -= 1;
    else if (rows.length < query.limit) rows.push(entry);
    else break;
  }
  const last = rows.at(-1) as Entry<Row>;
  const next: Position =
    cursorKind === 'offset' ? { skip: skipped + rows.length } : { key: keyOf(last, query.sortField), id: last.row.id };
  return { rows: rows.map(({ row }) => row), cursor: writeCursor(next, query.query) };
}

/** Where the walk begins: at the near end of the span, or beside the row that the cursor names. */
function firstIndex<Row extends Timed>(
  order: SortedRows<Entry<Row>>,
  { sortField, isAscending, spans }: RowQuery<Row>,
  at: Position | null,
): number {
  const after = at !== null && 'key' in at ? at : null;
  const span = spans[sortField];
  const compareWith = (entry: Entry<Row>, key: number, id: string) =>
    keyOf(entry, sortField) - key || (entry.row.id < id ? -1 : entry.row.id > id ? 1 : 0);
  if (isAscending)
    return order.firstWhere((entry) =>
      after === null
        ? span === undefined || keyOf(entry, sortField) >= span.from
        : compareWith(entry, after.key, after.id) > 0,
    );
  return (
    order.firstWhere((entry) =>
      after === null
        ? span !== undefined && keyOf(entry, sortField) > span.to
        : compareWith(entry, after.key, after.id) >= 0,
    ) - 1
  );
}

/** Past the far end of the span: nothing after this fits. */
function isBeyond<Row extends Timed>(entry: Entry<Row>, { sortField, isAscending, spans }: RowQuery<Row>): boolean {
  const span = spans[sortField];
  if (span === undefined) return false;
  return isAscending ? keyOf(entry, sortField) > span.to : keyOf(entry, sortField) < span.from;
}

function fits<Row extends Timed>(entry: Entry<Row>, { spans, matches, writtenUntilMs }: RowQuery<Row>): boolean {
  if (entry.writtenMs > writtenUntilMs) return false;
  for (const field of sortFields) {
    const span = spans[field];
    if (span === undefined) continue;
    const time = entry.times[field];
    if (time === null || time < span.from || time > span.to) return false;
  }
  return matches(entry.row);
}

function toEntry<Row extends Timed>(row: Row, writtenMs: number): Entry<Row> {
  const offlineAt = row.offline_payment_details?.client_created_at;
  return {
    row,
    writtenMs,
    times: {
      CREATED_AT: Date.parse(row.created_at),
      UPDATED_AT: Date.parse(row.updated_at),
      OFFLINE_CREATED_AT: offlineAt === undefined ? null : Date.parse(offlineAt),
    },
  };
}

function keyOf<Row extends Timed>(entry: Entry<Row>, field: SortField): number {
  return entry.times[field] as number;
}

function byTime(field: SortField) {
  return <Row extends Timed>(one: Entry<Row>, other: Entry<Row>): number =>
    keyOf(one, field) - keyOf(other, field) || (one.row.id < other.row.id ? -1 : one.row.id > other.row.id ? 1 : 0);
}
