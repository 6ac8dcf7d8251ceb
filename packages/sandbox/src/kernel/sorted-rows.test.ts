import { describe, expect, it } from 'vitest';
import { createRandom } from './random.ts';
import { createSortedRows } from './sorted-rows.ts';

interface Row {
  at: number;
  id: number;
}
const byTime = (one: Row, other: Row) => one.at - other.at || one.id - other.id;

describe('sorted rows', () => {
  it('stay in order through any additions and removals, in masses and one by one', () => {
    const random = createRandom('rows');
    const rows = createSortedRows(byTime);
    const present = new Set<Row>();
    let id = 0;
    for (let round = 0; round < 60; round += 1) {
      for (let count = random.pick([0, 1, 5, 400]); count > 0; count -= 1) {
        id += 1;
        const row = { at: random.below(50), id };
        present.add(row);
        rows.add(row);
      }
      if (present.size > 0 && random.chance(0.7)) {
        const gone = random.pick([...present]);
        present.delete(gone);
        rows.remove(gone);
      }
      expect(rows.all()).toEqual([...present].sort(byTime));
    }
    expect(present.size).toBeGreaterThan(1000);
  });

  it('find where a page begins', () => {
    const rows = createSortedRows(byTime);
    for (const at of [3, 1, 2, 2]) rows.add({ at, id: rows.all().length });
    expect([0, 2, 3, 4].map((at) => rows.firstWhere((row) => row.at >= at))).toEqual([0, 1, 3, 4]);
  });

  it('refuse to take out what is not there', () => {
    const rows = createSortedRows(byTime);
    rows.add({ at: 1, id: 1 });
    expect(() => rows.remove({ at: 1, id: 1 })).toThrow('no such row');
  });
});
