/** Rows kept in order through single changes, so that a page of 100,000 costs a search and not a sort. */
export interface SortedRows<Row> {
  add(row: Row): void;
  /** Takes out that very row: `compare` must still place it where it stands. */
  remove(row: Row): void;
  /** All rows in order. Valid until the next change. */
  all(): readonly Row[];
  /** Position of the first row for which `isReached` holds; it must hold for all after it. */
  firstWhere(isReached: (row: Row) => boolean): number;
}

/** Above this many new rows, sorting all beats inserting each. */
const sortAbove = 200;

/** `compare` must tell any two rows apart: end it with the id. */
export function createSortedRows<Row>(compare: (one: Row, other: Row) => number): SortedRows<Row> {
  const sorted: Row[] = [];
  let added: Row[] = [];

  const firstWhere = (isReached: (row: Row) => boolean) => {
    let [low, high] = [0, sorted.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (isReached(sorted[middle] as Row)) high = middle;
      else low = middle + 1;
    }
    return low;
  };
  const settle = () => {
    if (added.length === 0) return;
    const rows = added;
    added = [];
    if (rows.length > sortAbove) {
      for (const row of rows) sorted.push(row);
      sorted.sort(compare);
      return;
    }
    for (const row of rows)
      sorted.splice(
        firstWhere((other) => compare(other, row) > 0),
        0,
        row,
      );
  };

  return {
    add: (row) => {
      added.push(row);
    },
    remove: (row) => {
      settle();
      const position = firstWhere((other) => compare(other, row) >= 0);
      if (sorted[position] !== row) throw new Error('There is no such row, or its place has changed.');
      sorted.splice(position, 1);
    },
    all: () => {
      settle();
      return sorted;
    },
    firstWhere: (isReached) => {
      settle();
      return firstWhere(isReached);
    },
  };
}
