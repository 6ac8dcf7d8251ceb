import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Posting, postAll } from './post.ts';
import { books, type Chart, town } from './test/books.ts';

const chart: Chart = {
  ...town,
  cash: { kind: 'asset', unit: 'USD' },
  till: { kind: 'asset', unit: 'USD' },
};

describe('post', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = () => books(database, chart);

  it('S1-141 moves the balances and writes entries with version and balance after', async () => {
    const { transfer, outcomes, balances, tx, account } = await open();
    expect(
      await outcomes(
        transfer('a', 'bank', 'ann', 50),
        transfer('b', 'bank', 'ann', 7),
        transfer('c', 'bank', 'bob', 3),
      ),
    ).toEqual(['posted', 'posted', 'posted']);
    expect(await balances()).toEqual({ bank: [-60, 3], ann: [57, 2], bob: [3, 1] });
    const entries = await tx((open) =>
      open.query(
        'select version, amount, balance_after from ledger.entries where org_id = $1 and account_id = $2 order by version',
        [open.orgId, account('ann')],
      ),
    );
    expect(entries).toEqual([
      { version: 1, amount: 50, balance_after: 50 },
      { version: 2, amount: 7, balance_after: 57 },
    ]);
  });

  it('takes 1,000 postings at once, and what they say in order', async () => {
    const { transfer, run, balances, wrong } = await open();
    const batch = Array.from({ length: 1000 }, (_, index) =>
      index % 2 === 0 ? transfer(`t${index}`, 'bank', 'ann', 3) : transfer(`t${index}`, 'ann', 'bob', 4),
    );
    const outcomes = (await run(batch)).map(({ outcome }) => outcome);
    let balance = 0;
    const expected = batch.map((_, index) => {
      if (index % 2 === 0) balance += 3;
      else if (balance < 4) return 'floor_violated';
      else balance -= 4;
      return 'posted';
    });
    expect(outcomes).toEqual(expected);
    expect((await balances()).ann?.[0]).toBe(balance);
    expect(await wrong()).toEqual([]);
  });

  it('posts nothing and asks nothing for an empty set', async () => {
    const { run, balances } = await open();
    expect(await run([])).toEqual([]);
    expect(await balances()).toEqual({});
  });

  it('counts several legs on one account in their order', async () => {
    const { account, transfer, outcomes, balances, wrong } = await open();
    const around = (key: string, amounts: number[]): Posting => ({
      ...transfer(key, 'bank', 'ann', 1),
      legs: [
        ...amounts.map((amount) => ({ accountId: account('ann'), amount })),
        { accountId: account('bank'), amount: -amounts.reduce((sum, amount) => sum + amount, 0) },
      ],
    });
    expect(await outcomes(around('down first', [-5, 6]), around('up first', [6, -5]))).toEqual([
      'floor_violated',
      'posted',
    ]);
    expect(await balances()).toEqual({ ann: [1, 2], bank: [-1, 1] });
    expect(await wrong()).toEqual([]);
  });

  it('refuses a leg of zero, and a posting without legs', async () => {
    const { transfer, run, balances } = await open();
    await expect(run([transfer('a', 'bank', 'ann', 0)])).rejects.toMatchObject({ code: 'validation_failed' });
    const empty = { ...transfer('b', 'bank', 'ann', 1), legs: [] };
    await expect(run([empty])).rejects.toMatchObject({ code: 'unbalanced_posting' });
    await expect(run([transfer('c', 'bank', 'ann', 1), empty])).rejects.toMatchObject({ code: 'unbalanced_posting' });
    expect(await balances()).toEqual({});
  });

  describe('legs that do not sum to zero', () => {
    it.each<[what: string, legs: [code: string, amount: number][]]>([
      ['one leg', [['ann', 5]]],
      [
        'over two units',
        [
          ['bank', -5],
          ['cash', 5],
        ],
      ],
      [
        'over two units that cancel',
        [
          ['bank', -5],
          ['ann', 4],
          ['cash', -4],
          ['till', 5],
        ],
      ],
      [
        'with a recording account',
        [
          ['owed', -5],
          ['ann', 6],
        ],
      ],
      ['only on a recording account', [['owed', -5]]],
    ])('fail the whole set: %s', async (_what, legs) => {
      const { transfer, account, run, balances, wrong } = await open();
      const posting = transfer('a', 'bank', 'ann', 5, {});
      const uneven = { ...posting, legs: legs.map(([code, amount]) => ({ accountId: account(code), amount })) };
      await expect(run([transfer('b', 'bank', 'bob', 1), uneven])).rejects.toMatchObject({
        code: 'unbalanced_posting',
      });
      expect(await balances()).toEqual({});
      expect(await wrong()).toEqual([]);
    });

    it('do not hide behind another posting that misses as much the other way', async () => {
      const { transfer, account, run } = await open();
      const leg = (key: string, amount: number): Posting => ({
        ...transfer(key, 'bank', 'ann', 1),
        legs: [{ accountId: account('bank'), amount }],
      });
      await expect(run([leg('a', 5), leg('b', -5)])).rejects.toMatchObject({ code: 'unbalanced_posting' });
    });

    it('are several units, each summing to zero', async () => {
      const { transfer, account, outcomes, balances } = await open();
      const exchange = transfer('a', 'bank', 'ann', 5, {});
      const legs = [
        ...exchange.legs,
        { accountId: account('cash'), amount: 700 },
        { accountId: account('till'), amount: -700 },
      ];
      expect(await outcomes({ ...exchange, legs })).toEqual(['posted']);
      expect(await balances()).toEqual({ bank: [-5, 1], ann: [5, 1], cash: [700, 1], till: [-700, 1] });
    });
  });

  it('postAll throws the first refusal by its posting, and nothing of the set is kept', async () => {
    const { transfer, tx, balances } = await open();
    const set = [transfer('a', 'bank', 'ann', 5), transfer('b', 'ann', 'bob', 6), transfer('c', 'ann', 'capped', 101)];
    await expect(tx((open) => postAll(open, set))).rejects.toMatchObject({
      code: 'floor_violated',
      message: 'The posting b would take a balance below its floor.',
    });
    expect(await balances()).toEqual({});
  });
});
