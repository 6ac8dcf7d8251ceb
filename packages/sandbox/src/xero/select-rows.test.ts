import { expect, it } from 'vitest';
import { createRandom } from '../kernel/random.ts';
import type { ListQuery } from './list-query.ts';
import { createRowStore, type StoredRow } from './row-store.ts';
import { selectRows } from './select-rows.ts';

const random = createRandom('selections');
const text = (one: string, other: string) => (one < other ? -1 : Number(one > other));

/** What a selection must say, by going through all rows. */
function expected(rows: StoredRow[], query: ListQuery, hidesArchived: boolean, visibleUntilMs: number): string[] {
  const turn = query.order === 'newest_update_first' ? -1 : 1;
  return rows
    .filter(({ id }) => query.ids?.includes(id) ?? true)
    .filter(({ updatedMs }) => updatedMs >= (query.sinceMs ?? 0) && updatedMs <= visibleUntilMs)
    .filter(({ isArchived }) => !(hidesArchived && isArchived && !query.includesArchived))
    .sort((one, other) => {
      const byTime = query.order === 'ids' ? 0 : turn * (one.updatedMs - other.updatedMs);
      return byTime || (query.ids === null && query.order === 'newest_update_first' ? -1 : 1) * text(one.id, other.id);
    })
    .map(({ id }) => id);
}

it.each([true, false])(
  'a selection is what going through all rows finds, while they change (archived hidden: %s)',
  (hides) => {
    const store = createRowStore(hides);
    const rows = new Map<string, StoredRow>();
    let selected = 0;
    for (let round = 0; round < 400; round += 1) {
      for (let count = random.pick([1, 3, 40]); count > 0; count -= 1) {
        const id = String(random.below(300)).padStart(3, '0');
        const row = { id, updatedMs: 1 + random.below(60), isArchived: random.chance(0.3), fields: {} };
        rows.set(id, row);
        store.put(row);
      }
      const query: ListQuery = {
        page: 1,
        pageSize: 1 + random.below(50),
        order: random.pick(['ids', 'oldest_update_first', 'newest_update_first'] as const),
        sinceMs: random.pick([null, random.below(70), 58]),
        includesArchived: random.chance(0.5),
        ids: random.chance(0.2) ? [...rows.keys()].filter(() => random.chance(0.1)).reverse() : null,
      };
      const visibleUntilMs = random.pick([Number.POSITIVE_INFINITY, random.below(70)]);
      const selection = selectRows(store, query, visibleUntilMs);
      const walked: string[] = [];
      for (let first = 0; first < selection.itemCount; first += query.pageSize)
        walked.push(...selection.slice(first, query.pageSize).map(({ id }) => id));
      expect(walked).toEqual(expected([...rows.values()], query, hides, visibleUntilMs));
      selected += walked.length;
    }
    expect(selected).toBeGreaterThan(5000);
  },
);
