import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Hold } from './hold.ts';
import { nobody } from './test/books.ts';
import { holdBooks, hour } from './test/hold-books.ts';

describe('hold', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const outcomesOf = (results: readonly { outcome: string }[]) => results.map(({ outcome }) => outcome);

  it('sets an amount aside that nobody else can spend, and moves nothing', async () => {
    const { takeOne, balance, balances, outcomes, transfer, wrong } = await holdBooks(database);
    await takeOne('ann', 'bob', 60);
    expect(await balance('ann')).toEqual({ posted: 100, pendingDebits: 60, pendingCredits: 0, available: 40 });
    expect(await balance('bob')).toEqual({ posted: 0, pendingDebits: 0, pendingCredits: 60, available: 0 });
    expect(await balances()).toEqual({ bank: [-100, 1], ann: [100, 1] });
    expect(await outcomes(transfer('a', 'ann', 'bank', 41), transfer('b', 'ann', 'bank', 40))).toEqual([
      'floor_violated',
      'posted',
    ]);
    expect(await wrong()).toEqual([]);
  });

  it('each is refused alone, and those behind see what those before took', async () => {
    const { take, wanted, balance, wrong } = await holdBooks(database);
    const results = await take(
      wanted('a', 'ann', 'bob', 70),
      wanted('b', 'ann', 'bob', 31),
      wanted('c', 'ann', 'capped', 30),
      wanted('d', 'bank', 'capped', 71),
      wanted('e', 'bank', 'capped', 70),
      wanted('f', 'ann', 'cash', 1),
      { ...wanted('g', 'bank', 'bob', 1), creditAccountId: nobody },
    );
    expect(outcomesOf(results)).toEqual([
      'held',
      'floor_violated',
      'held',
      'ceiling_violated',
      'held',
      'unknown_account',
      'unknown_account',
    ]);
    expect(await balance('ann')).toMatchObject({ pendingDebits: 100, available: 0 });
    expect(await balance('capped')).toMatchObject({ pendingCredits: 100 });
    expect(await wrong()).toEqual([]);
  });

  it('counts against the floor and the ceiling of its accounts for postings too, alone and in sets', async () => {
    const { takeOne, outcomes, transfer } = await holdBooks(database);
    await takeOne('ann', 'capped', 60);
    expect(await outcomes(transfer('a', 'bank', 'capped', 41), transfer('b', 'ann', 'bank', 41))).toEqual([
      'ceiling_violated',
      'floor_violated',
    ]);
    expect(await outcomes(transfer('a', 'bank', 'capped', 41))).toEqual(['ceiling_violated']);
    expect(await outcomes(transfer('b', 'ann', 'bank', 41))).toEqual(['floor_violated']);
    expect(await outcomes(transfer('a', 'bank', 'capped', 40))).toEqual(['posted']);
    expect(await outcomes(transfer('b', 'ann', 'bank', 40))).toEqual(['posted']);
  });

  it('a key is for ever: the same request replays, another one conflicts, resolved or not', async () => {
    const { take, wanted, resolve, balance } = await holdBooks(database);
    const [first] = await take(wanted('a', 'ann', 'bob', 10));
    const [again, other, later] = await take(
      wanted('a', 'ann', 'bob', 10),
      wanted('a', 'ann', 'bob', 11),
      wanted('a', 'ann', 'bob', 10, hour(11)),
    );
    expect([again, other, later]).toEqual([
      { ...first, outcome: 'replayed' },
      { key: 'a', outcome: 'conflict' },
      { key: 'a', outcome: 'conflict' },
    ]);
    const holdId = first && 'holdId' in first ? first.holdId : '';
    await resolve([{ holdId, amount: null }]);
    expect(outcomesOf(await take(wanted('a', 'ann', 'bob', 10)))).toEqual(['replayed']);
    expect(await balance('ann')).toMatchObject({ pendingDebits: 0 });
  });

  it('holdOne throws why it was refused', async () => {
    const { takeOne } = await holdBooks(database);
    await expect(takeOne('ann', 'bob', 101)).rejects.toMatchObject({ code: 'floor_violated' });
    await expect(takeOne('bank', 'capped', 101)).rejects.toMatchObject({ code: 'ceiling_violated' });
  });

  it('always has an end: the database takes none without an expiry', async () => {
    const { tx, account } = await holdBooks(database);
    const call = `select ledger.hold($1, array['a'], array['\\x00'::bytea], array[$2::uuid], array[$3::uuid], array[1], array[null::timestamptz])`;
    await expect(tx((tx) => tx.query(call, [tx.orgId, account('ann'), account('bob')]))).rejects.toMatchObject({
      code: '23502',
    });
  });

  describe('is resolved once', () => {
    it.each<[what: string, amount: number | null, at: Date, outcome: string, ann: number, bob: number]>([
      ['posted in full', 60, hour(1), 'posted', 40, 60],
      ['posted in part, and the rest is free again', 25, hour(1), 'posted', 75, 25],
      ['voided', null, hour(1), 'voided', 100, 0],
      ['expired, though it was to be posted', 60, hour(10), 'expired', 100, 0],
      ['posted just before its end', 60, new Date(hour(10).getTime() - 1), 'posted', 40, 60],
    ])('%s', async (_what, amount, at, outcome, ann, bob) => {
      const { takeOne, resolve, balance, wrong } = await holdBooks(database);
      const holdId = await takeOne('ann', 'bob', 60);
      const [resolved] = await resolve([{ holdId, amount }], at);
      expect(resolved).toMatchObject({ holdId, outcome });
      expect(await balance('ann')).toEqual({ posted: ann, pendingDebits: 0, pendingCredits: 0, available: ann });
      expect(await balance('bob')).toEqual({ posted: bob, pendingDebits: 0, pendingCredits: 0, available: bob });
      for (const second of [60, 1, null]) {
        expect(await resolve([{ holdId, amount: second }], at)).toEqual([
          { ...resolved, outcome: `already_${outcome}` },
        ]);
      }
      expect(await balance('bob')).toMatchObject({ posted: bob });
      expect(await wrong()).toEqual([]);
    });

    it('not even the database lets it be resolved again, or removed', async () => {
      const { takeOne, resolve } = await holdBooks(database);
      const holdId = await takeOne('ann', 'bob', 60);
      await resolve([{ holdId, amount: null }]);
      for (const statement of [
        `update ledger.holds set status = 'expired' where id = $1`,
        'delete from ledger.holds where id = $1',
      ]) {
        await expect(database.superuser.query(statement, [holdId])).rejects.toMatchObject({ code: 'LB003' });
      }
    });
  });

  it('resolutions answer in order: what exceeds changes nothing, twice in one call is once, unknown is said', async () => {
    const mine = await holdBooks(database);
    const theirs = await holdBooks(database);
    const holdId = await mine.takeOne('ann', 'bob', 60);
    const foreign = await theirs.takeOne('ann', 'bob', 60);
    const results = await mine.resolve([
      { holdId, amount: 61 },
      { holdId: foreign, amount: 1 },
      { holdId, amount: 60 },
      { holdId: nobody, amount: null },
      { holdId, amount: 60 },
    ]);
    expect(outcomesOf(results)).toEqual(['exceeds_hold', 'unknown_hold', 'posted', 'unknown_hold', 'already_posted']);
    expect(await mine.balances()).toMatchObject({ ann: [40, 2], bob: [60, 1] });
    expect(await theirs.balance('ann')).toMatchObject({ pendingDebits: 60 });
  });

  it.each<[what: string, change: Partial<Hold>]>([
    ['of nothing', { amount: 0 }],
    ['of less', { amount: -5 }],
  ])('there is none %s', async (_what, change) => {
    const { take, wanted, account } = await holdBooks(database);
    await expect(take({ ...wanted('a', 'ann', 'bob', 5), ...change })).rejects.toMatchObject({
      code: 'validation_failed',
    });
    const toHerself = { ...wanted('a', 'ann', 'bob', 5), creditAccountId: account('ann') };
    await expect(take(toHerself)).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it.each([0, -5])('is not posted with %i', async (amount) => {
    const { takeOne, resolve } = await holdBooks(database);
    const holdId = await takeOne('ann', 'bob', 60);
    await expect(resolve([{ holdId, amount }])).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('posts what it was granted even when the balance fell since, and the account stays overdrawn', async () => {
    const { takeOne, resolve, outcomes, transfer, balances, wrong } = await holdBooks(database);
    const holdId = await takeOne('ann', 'bob', 60);
    await outcomes(transfer('clawback', 'ann', 'bank', 90, { overdraw: true }));
    expect(outcomesOf(await resolve([{ holdId, amount: 60 }]))).toEqual(['posted']);
    expect(await balances()).toMatchObject({ ann: [-50, 3], bob: [60, 1] });
    expect(await outcomes(transfer('spend', 'ann', 'bank', 1))).toEqual(['floor_violated']);
    expect(await wrong()).toEqual([]);
  });

  it('releases what stood below the floor when it is voided: the account is sound again', async () => {
    const { takeOne, resolve, outcomes, transfer, tx } = await holdBooks(database);
    const overdrawn = 'select code from ledger.accounts where org_id = $1 and overdrawn';
    const holdId = await takeOne('ann', 'bob', 60);
    await outcomes(transfer('clawback', 'ann', 'bank', 90, { overdraw: true }));
    expect(await tx((tx) => tx.query(overdrawn, [tx.orgId]))).toEqual([{ code: 'ann' }]);
    expect(await outcomes(transfer('spend', 'ann', 'bank', 10))).toEqual(['floor_violated']);
    await resolve([{ holdId, amount: null }]);
    expect(await tx((tx) => tx.query(overdrawn, [tx.orgId]))).toEqual([]);
    expect(await outcomes(transfer('spend', 'ann', 'bank', 10), transfer('over', 'ann', 'bank', 1))).toEqual([
      'posted',
      'floor_violated',
    ]);
  });

  it('a recording account may be on its other side', async () => {
    const { takeOne, resolve, balance, wrong } = await holdBooks(database);
    const holdId = await takeOne('ann', 'owed', 60);
    await resolve([{ holdId, amount: 20 }]);
    expect(await balance('owed')).toMatchObject({ posted: 20, pendingCredits: 0 });
    expect(await wrong()).toEqual([]);
  });
});
