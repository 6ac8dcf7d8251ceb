import type { ListQuery } from './list-query.ts';
import { compareIds, type RowOrders, type RowStore, type StoredRow } from './row-store.ts';

/** The rows that a query is about. */
export interface Selection {
  readonly itemCount: number;
  /** Those from position `first` on, at most `count`. */
  slice(first: number, count: number): readonly StoredRow[];
}

/** `visibleUntilMs`: later changes are not there yet. What needs no filter costs a search, whatever the list's length. */
export function selectRows(store: RowStore, query: ListQuery, visibleUntilMs: number): Selection {
  const orders = query.includesArchived ? store.all : store.shown;
  const sinceMs = query.sinceMs ?? Number.NEGATIVE_INFINITY;
  if (query.ids !== null) return selectByIds(store, query.ids, query, visibleUntilMs);
  if (query.order === 'ids') return selectInOrderOfIds(orders, sinceMs, visibleUntilMs);
  const { byUpdate } = orders;
  const [from, to] = rangeOf(orders, sinceMs, visibleUntilMs);
  const isNewestFirst = query.order === 'newest_update_first';
  return {
    itemCount: to - from,
    slice: (first, count) => {
      if (!isNewestFirst) return byUpdate.all().slice(from + first, Math.min(to, from + first + count));
      const [start, end] = [Math.max(from, to - first - count), Math.max(from, to - first)];
      return byUpdate.all().slice(start, end).reverse();
    },
  };
}

function selectInOrderOfIds(orders: RowOrders, sinceMs: number, visibleUntilMs: number): Selection {
  const rows = orders.byId.all();
  const [from, to] = rangeOf(orders, sinceMs, visibleUntilMs);
  if (to - from === rows.length) return toSelection(rows);
  if (to - from < rows.length / 16) return toSelection(orders.byUpdate.all().slice(from, to).sort(compareIds));
  return toSelection(rows.filter(({ updatedMs }) => updatedMs >= sinceMs && updatedMs <= visibleUntilMs));
}

function rangeOf({ byUpdate }: RowOrders, sinceMs: number, visibleUntilMs: number): [number, number] {
  const from = byUpdate.firstWhere(({ updatedMs }) => updatedMs >= sinceMs);
  const to = byUpdate.firstWhere(({ updatedMs }) => updatedMs > visibleUntilMs);
  return [from, Math.max(from, to)];
}

function selectByIds(store: RowStore, ids: readonly string[], query: ListQuery, visibleUntilMs: number): Selection {
  const sinceMs = query.sinceMs ?? Number.NEGATIVE_INFINITY;
  const hidesArchived = store.shown !== store.all && !query.includesArchived;
  const rows = [...new Set(ids)]
    .map((id) => store.get(id))
    .filter((row) => row !== undefined)
    .filter(({ updatedMs }) => updatedMs >= sinceMs && updatedMs <= visibleUntilMs)
    .filter(({ isArchived }) => !(hidesArchived && isArchived))
    .sort(compareIds);
  const turn = { ids: 0, oldest_update_first: 1, newest_update_first: -1 }[query.order];
  return toSelection(rows.sort((one, other) => turn * (one.updatedMs - other.updatedMs)));
}

function toSelection(rows: readonly StoredRow[]): Selection {
  return { itemCount: rows.length, slice: (first, count) => rows.slice(first, first + count) };
}
