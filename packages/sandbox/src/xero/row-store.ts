import { createSortedRows, type SortedRows } from '../kernel/sorted-rows.ts';

/** A row as it is kept: what it was saved with, and when that was. Replaced, never changed. */
export interface StoredRow {
  readonly id: string;
  readonly updatedMs: number;
  readonly isArchived: boolean;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** The same rows in the orders in which they are asked for. */
export interface RowOrders {
  readonly byId: SortedRows<StoredRow>;
  /** Rows of one time in the order of their ids. */
  readonly byUpdate: SortedRows<StoredRow>;
}

/** The rows of one list of one organisation. */
export interface RowStore {
  get(id: string): StoredRow | undefined;
  /** Adds it, or puts it in the place of the one with its id. */
  put(row: StoredRow): void;
  size(): number;
  readonly all: RowOrders;
  /** Those that come unasked. */
  readonly shown: RowOrders;
}

/** With `hidesArchived` archived rows are kept out of `shown`. */
export function createRowStore(hidesArchived: boolean): RowStore {
  const rows = new Map<string, StoredRow>();
  const all = createOrders();
  const shown = hidesArchived ? createOrders() : all;
  const ordersOf = (row: StoredRow) => (hidesArchived && !row.isArchived ? [all, shown] : [all]);
  return {
    all,
    shown,
    get: (id) => rows.get(id),
    put: (row) => {
      const before = rows.get(row.id);
      if (before !== undefined)
        for (const { byId, byUpdate } of ordersOf(before)) {
          byId.remove(before);
          byUpdate.remove(before);
        }
      rows.set(row.id, row);
      for (const { byId, byUpdate } of ordersOf(row)) {
        byId.add(row);
        byUpdate.add(row);
      }
    },
    size: () => rows.size,
  };
}

function createOrders(): RowOrders {
  return { byId: createSortedRows(compareIds), byUpdate: createSortedRows(compareUpdates) };
}

function compareUpdates(one: StoredRow, other: StoredRow): number {
  return one.updatedMs - other.updatedMs || compareIds(one, other);
}

export function compareIds(one: StoredRow, other: StoredRow): number {
  if (one.id === other.id) return 0;
  return one.id < other.id ? -1 : 1;
}
