import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Posting } from './post.ts';
import { books, nobody, town } from './test/books.ts';

describe('a key', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = () => books(database, town);

  it('that is known does nothing, alone, inside a batch, and twice in one batch', async () => {
    const { transfer, run, postOne, balances } = await open();
    const first = await postOne(transfer('a', 'bank', 'ann', 50));
    const again = await run([
      transfer('a', 'bank', 'ann', 50),
      transfer('b', 'bank', 'bob', 1),
      transfer('b', 'bank', 'bob', 1),
    ]);
    expect(again.map(({ outcome }) => outcome)).toEqual(['replayed', 'posted', 'replayed']);
    expect(again[0]).toMatchObject({ postingId: first });
    expect(await balances()).toEqual({ bank: [-51, 2], ann: [50, 1], bob: [1, 1] });
  });

  it.each<[what: string, change: Partial<Posting>]>([
    ['kind', { kind: 'other' }],
    ['time', { effectiveAt: new Date('2026-01-02T00:00:00Z') }],
    ['metadata', { metadata: { note: 1 } }],
    ['leave to overdraw', { overdraw: true }],
  ])('that comes back with another %s is a conflict', async (_what, change) => {
    const { transfer, outcomes, balances } = await open();
    expect(await outcomes(transfer('a', 'bank', 'ann', 5))).toEqual(['posted']);
    expect(await outcomes(transfer('a', 'bank', 'ann', 5, change), transfer('b', 'bank', 'bob', 1))).toEqual([
      'conflict',
      'posted',
    ]);
    expect(await balances()).toEqual({ bank: [-6, 2], ann: [5, 1], bob: [1, 1] });
  });

  it('that comes back with other legs, lots or preferences is a conflict', async () => {
    const { transfer, outcomes } = await open();
    await outcomes(transfer('a', 'bank', 'ann', 5));
    expect(
      await outcomes(
        transfer('a', 'bank', 'ann', 6),
        transfer('a', 'bank', 'bob', 5),
        transfer('a', 'bank', 'ann', 5, { lot: { expiresAt: null } }),
        transfer('a', 'bank', 'ann', 5, { prefers: nobody }),
      ),
    ).toEqual(['conflict', 'conflict', 'conflict', 'conflict']);
  });

  it('that conflicts is told so before its bounds and accounts are looked at', async () => {
    const { transfer, outcomes } = await open();
    await outcomes(transfer('a', 'bank', 'ann', 5));
    const legs = [
      { accountId: nobody, amount: 1 },
      { accountId: nobody, amount: -1 },
    ];
    expect(await outcomes(transfer('a', 'ann', 'bob', 99), { ...transfer('a', 'bank', 'ann', 5), legs })).toEqual([
      'conflict',
      'conflict',
    ]);
  });

  it('is free in another organization', async () => {
    const [mine, theirs] = [await open(), await open()];
    const [my, their] = [
      await mine.postOne(mine.transfer('a', 'bank', 'ann', 5)),
      await theirs.postOne(theirs.transfer('a', 'bank', 'ann', 6)),
    ];
    expect(my).not.toBe(their);
  });

  it('twice in a batch, the first accepted: the second replays, or conflicts when it asks for something else', async () => {
    const { transfer, outcomes, balances } = await open();
    expect(
      await outcomes(transfer('a', 'bank', 'ann', 5), transfer('a', 'bank', 'ann', 5), transfer('a', 'bank', 'ann', 6)),
    ).toEqual(['posted', 'replayed', 'conflict']);
    expect(await balances()).toEqual({ bank: [-5, 1], ann: [5, 1] });
  });

  it('twice in a batch, the first refused: the second stands for itself', async () => {
    const { transfer, outcomes, balances, wrong } = await open();
    expect(
      await outcomes(
        transfer('a', 'ann', 'bob', 5),
        transfer('a', 'bank', 'ann', 5),
        transfer('a', 'ann', 'bob', 5),
        transfer('b', 'ann', 'bob', 5),
      ),
    ).toEqual(['floor_violated', 'posted', 'conflict', 'posted']);
    expect(await balances()).toEqual({ bank: [-5, 1], ann: [0, 2], bob: [5, 1] });
    expect(await wrong()).toEqual([]);
  });

  it('twice in a batch with one request, the first too early: it is refused, then posted', async () => {
    const { transfer, outcomes, balances } = await open();
    expect(
      await outcomes(
        transfer('a', 'ann', 'bob', 5),
        transfer('b', 'bank', 'ann', 5),
        transfer('a', 'ann', 'bob', 5),
        transfer('a', 'ann', 'bob', 5),
      ),
    ).toEqual(['floor_violated', 'posted', 'posted', 'replayed']);
    expect(await balances()).toEqual({ bank: [-5, 1], ann: [0, 2], bob: [5, 1] });
  });

  it('refused once is free, and may be posted when it fits', async () => {
    const { transfer, outcomes } = await open();
    expect(await outcomes(transfer('a', 'ann', 'bob', 5))).toEqual(['floor_violated']);
    expect(await outcomes(transfer('b', 'bank', 'ann', 5), transfer('a', 'ann', 'bob', 5))).toEqual([
      'posted',
      'posted',
    ]);
  });
});
