import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { expireHolds } from './hold.ts';
import { holdBooks, hour } from './test/hold-books.ts';

describe('expireHolds', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('expires the oldest first, as many as asked, and none twice', async () => {
    const book = await holdBooks(database);
    const ids: string[] = [];
    for (const [amount, end] of [
      [1, 3],
      [2, 2],
      [3, 4],
      [4, 9],
    ] as const) {
      ids.push(await book.takeOne('ann', 'bob', amount, hour(end)));
    }
    const sweep = (limit: number, at = hour(4)) => book.tx((tx) => expireHolds(tx, { at, limit }));
    expect(await sweep(2)).toEqual([ids[1], ids[0]]);
    expect(await sweep(2)).toEqual([ids[2]]);
    expect(await sweep(2)).toEqual([]);
    expect(await book.balance('ann')).toMatchObject({ pendingDebits: 4, available: 96 });
    expect(await book.wrong()).toEqual([]);
  });

  it('two jobs at once expire each hold once', async () => {
    const book = await holdBooks(database);
    await book.take(...Array.from({ length: 20 }, (_, index) => book.wanted(`h${index}`, 'ann', 'bob', 5, hour(2))));
    const jobs = await Promise.all(
      Array.from({ length: 4 }, () => book.tx((tx) => expireHolds(tx, { at: hour(3), limit: 20 }))),
    );
    expect(jobs.flat()).toHaveLength(20);
    expect(await book.balance('ann')).toMatchObject({ pendingDebits: 0, available: 100 });
    expect(await book.wrong()).toEqual([]);
  });
});
