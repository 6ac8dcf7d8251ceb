import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { onward } from './place.ts';
import { type ChangeList, type Listing, readPage, type WalkedPage, type WalkedRow } from './read-page.ts';

const pageSize = 8;
const at = (second: number) => new Date(second * 1000);

/** A list by offset, from a time on, whose rows change. */
function createList(seconds: readonly number[]) {
  const rows = seconds.map((second, index) => ({ id: `row ${String(index).padStart(3, '0')}`, second }));
  let now = Math.max(0, ...seconds);
  return {
    /** Changes a row: it goes to the end. */
    touch: (index: number) => {
      const row = rows[index % rows.length];
      now += 1;
      if (row) row.second = now;
    },
    from: (second: number) =>
      rows
        .filter((row) => row.second >= second)
        .sort((one, other) => one.second - other.second || (one.id < other.id ? -1 : 1)),
  };
}
type List = ReturnType<typeof createList>;

/** `repeats` 0: as it would be without repeating rows. */
function changesFrom(list: List, second: number, repeats = 3): ChangeList<WalkedRow> {
  const read = async (place: string | null): Promise<Listing<WalkedRow>> => {
    const offset = Number(place ?? 0);
    const page = list.from(second).slice(offset, offset + pageSize);
    const rows = page.map(({ id, second }) => ({ id, version: at(second) }));
    const next = () => ({ at: String(offset + rows.length - repeats), repeats });
    return { rows, next: rows.length < pageSize ? null : next };
  };
  return { name: 'Rows', read, isBeyond: (version) => version > at(second) };
}

const keyOf = ({ id, version }: WalkedRow) => `${version.getTime()} ${id}`;

/** What a walk sees: each version of each row that was there when a page with it was read. */
async function walk(list: List, between: (page: number) => void, repeats?: number): Promise<Set<string>> {
  const seen = new Set<string>();
  let from = 0;
  let place: string | null = null;
  for (let page = 0; page < 500; page += 1) {
    const { rows, place: next }: WalkedPage<WalkedRow> = await readPage(changesFrom(list, from, repeats), place);
    for (const row of rows) seen.add(keyOf(row));
    if (next === null) return seen;
    from = Math.max(from, (rows.at(-1)?.version.getTime() ?? 0) / 1000);
    place = next;
    between(page);
  }
  throw new Error('The walk does not end.');
}

/** As it is often done: page after page of one query. */
async function walkNaively(list: List, between: (page: number) => void): Promise<Set<string>> {
  const seen = new Set<string>();
  for (let offset = 0; ; offset += pageSize) {
    const rows = list.from(0).slice(offset, offset + pageSize);
    for (const { id, second } of rows) seen.add(keyOf({ id, version: at(second) }));
    if (rows.length < pageSize) return seen;
    between(offset / pageSize);
  }
}

const lost = (list: List, seen: ReadonlySet<string>) =>
  list.from(0).filter(({ id, second }) => !seen.has(keyOf({ id, version: at(second) })));

/** Few instants, so that many rows share one; and which rows change after each of the first pages. */
const moving = fc.record({
  seconds: fc.array(fc.integer({ min: 0, max: 6 }), { minLength: 1, maxLength: 80, size: 'max' }),
  touched: fc.array(fc.array(fc.nat({ max: 200 }), { maxLength: 6, size: 'max' }), { maxLength: 12, size: 'max' }),
});
const touchAfter = (list: List, touched: readonly (readonly number[])[]) => (page: number) => {
  for (const index of touched[page] ?? []) list.touch(index);
};

describe('a walk over rows that move', () => {
  it('loses none of them, nor any last version, also where one instant fills many pages', async () => {
    await fc.assert(
      fc.asyncProperty(moving, async ({ seconds, touched }) => {
        const list = createList(seconds);
        expect(lost(list, await walk(list, touchAfter(list, touched)))).toEqual([]);
      }),
      { numRuns: 500 },
    );
  });

  it('loses none when a row it repeats changes and comes to the front of the next page', async () => {
    const list = createList(Array(11).fill(1));
    const seen = await walk(list, (page) => {
      if (page === 1) for (const index of [5, 0, 1, 2, 3, 4]) list.touch(index);
    });
    expect(lost(list, seen)).toEqual([]);
  });

  it('would lose some page by page', async () => {
    let losses = 0;
    for (const { seconds, touched } of fc.sample(moving, { numRuns: 200, seed: 7 })) {
      const list = createList(seconds);
      if (lost(list, await walkNaively(list, touchAfter(list, touched))).length > 0) losses += 1;
    }
    expect(losses).toBeGreaterThan(20);
  });

  it('would lose some if the pages of one instant repeated nothing', async () => {
    let losses = 0;
    for (const { seconds, touched } of fc.sample(moving, { numRuns: 200, seed: 7 })) {
      const list = createList(seconds);
      if (lost(list, await walk(list, touchAfter(list, touched), 0)).length > 0) losses += 1;
    }
    expect(losses).toBeGreaterThan(10);
  });
});

const row = (id: string, second: number): WalkedRow => ({ id, version: at(second) });

/** Answers the listings in turn, the last one for ever. */
function scripted(...listings: (Listing<WalkedRow> | null)[]) {
  const asked: (string | null)[] = [];
  const list: ChangeList<WalkedRow> = {
    name: 'Rows',
    read: async (place) => {
      asked.push(place);
      return (listings.length > 1 ? listings.shift() : listings[0]) ?? null;
    },
    isBeyond: (version) => version > at(1),
  };
  return { list, asked };
}
const ending = (...rows: WalkedRow[]): Listing<WalkedRow> => ({ rows, next: null });
const going = (place: string, repeats: number, ...rows: WalkedRow[]): Listing<WalkedRow> => ({
  rows,
  next: () => ({ at: place, repeats }),
});

describe('a page', () => {
  it('goes on from the time of its last row when that is later', async () => {
    const { list } = scripted(going('9', 1, row('a', 1), row('b', 2)));
    expect(await readPage(list, null)).toMatchObject({ place: onward });
  });

  it('begins at its time whatever the last page said beyond', async () => {
    const { list, asked } = scripted(ending(row('a', 1)));
    await readPage(list, onward);
    expect(asked).toEqual([null]);
  });

  it.each(['', '{', '{"at":1}', 'null', '[]'])('begins anew at a place that is none: %j', async (place) => {
    const { list, asked } = scripted(ending(row('a', 1)));
    await readPage(list, place);
    expect(asked).toEqual([null]);
  });

  it('has a row that is told twice once', async () => {
    const { list } = scripted(ending(row('a', 1), row('b', 2), row('a', 1)));
    expect((await readPage(list, null)).rows).toEqual([row('a', 1), row('b', 2)]);
  });

  it('is refused when it runs back in time', async () => {
    const { list } = scripted(ending(row('a', 2), row('b', 1)));
    await expect(readPage(list, null)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('may be without rows and not the last', async () => {
    const { list } = scripted(going('9', 0));
    const { rows, place } = await readPage(list, null);
    expect(rows).toEqual([]);
    expect(place).not.toBeNull();
  });

  it('ends the list where finding the next place finds nothing', async () => {
    const { list } = scripted({ rows: [row('a', 1)], next: () => null });
    expect(await readPage(list, null)).toMatchObject({ place: null });
  });
});

describe('a list that goes round', () => {
  const again = going('1', 1, row('a', 1), row('b', 1));

  it('is refused after three beginnings', async () => {
    const { list, asked } = scripted(again);
    const { place } = await readPage(list, null);
    await expect(readPage(list, place)).rejects.toMatchObject({ kind: 'invalid_response' });
    expect(asked.filter((from) => from === null)).toHaveLength(4);
  });

  it('is walked on when it does so once', async () => {
    const { list } = scripted(again, again, again, ending(row('b', 1), row('c', 1)));
    const { place } = await readPage(list, null);
    const { rows, place: end } = await readPage(list, place);
    expect(rows.map(({ id }) => id)).toEqual(['a', 'b', 'c']);
    expect(end).toBeNull();
  });

  it('is refused when a page names itself', async () => {
    const { list } = scripted(again, going('1', 1, row('b', 1), row('c', 1)));
    const { place } = await readPage(list, null);
    await expect(readPage(list, place)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('is refused when it goes on and on with rows that were there', async () => {
    let places = 0;
    const { list } = scripted(again);
    const read = async (place: string | null) => {
      places += 1;
      return place === null ? list.read(null) : going(`place ${places}`, 1, row('b', 1));
    };
    const { place } = await readPage({ ...list, read }, null);
    await expect(readPage({ ...list, read }, place)).rejects.toMatchObject({ kind: 'invalid_response' });
  });

  it('begins anew where a place is not taken any more', async () => {
    const { list, asked } = scripted(again, null, ending(row('a', 1)));
    const { place } = await readPage(list, null);
    expect(await readPage(list, place)).toEqual({ rows: [row('a', 1)], place: null });
    expect(asked).toEqual([null, '1', null]);
  });
});
