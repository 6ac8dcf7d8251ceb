import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { balanceNow } from './balance.ts';
import { holdOne, resolveHolds } from './hold.ts';
import { type Reversal, reverse } from './reverse.ts';
import { books, nobody, town } from './test/books.ts';

describe('reverse', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function open() {
    const book = await books(database, { ...town, due: { kind: 'asset', mode: 'recording' } });
    const undo = (key: string, postingId: string, options: Partial<Reversal> = {}) =>
      book.tx((tx) =>
        reverse(tx, { key, postingId, kind: 'reversal', effectiveAt: new Date('2026-02-01T00:00:00Z'), ...options }),
      );
    return { ...book, undo };
  }

  it('L49 posts the mirror of a posting, once', async () => {
    const { transfer, postOne, undo, balances, wrong } = await open();
    const postingId = await postOne(transfer('earn', 'bank', 'ann', 50));
    expect(await undo('r1', postingId)).toMatchObject({ outcome: 'posted' });
    expect(await balances()).toEqual({ bank: [0, 2], ann: [0, 2] });
    expect(await undo('r2', postingId)).toEqual({ outcome: 'nothing_left' });
    expect(await balances()).toEqual({ bank: [0, 2], ann: [0, 2] });
    expect(await wrong()).toEqual([]);
  });

  it('its key is for ever: the same request replays, another one conflicts', async () => {
    const { transfer, postOne, undo, balances } = await open();
    const [first, second] = [
      await postOne(transfer('a', 'bank', 'ann', 50)),
      await postOne(transfer('b', 'bank', 'ann', 50)),
    ];
    const posted = await undo('r', first, { amount: 10 });
    expect(await undo('r', first, { amount: 10 })).toEqual({ ...posted, outcome: 'replayed' });
    expect(await undo('r', first, { amount: 11 })).toEqual({ outcome: 'conflict' });
    expect(await undo('r', second, { amount: 10 })).toEqual({ outcome: 'conflict' });
    expect(await undo('a', first)).toEqual({ outcome: 'conflict' });
    expect(await balances()).toMatchObject({ ann: [90, 3] });
  });

  it('in parts never takes back more than was posted', async () => {
    const { transfer, postOne, undo, balances, wrong } = await open();
    const postingId = await postOne(transfer('earn', 'bank', 'ann', 50));
    const steps: [amount: number | undefined, outcome: string][] = [
      [20, 'posted'],
      [31, 'exceeds_posting'],
      [30, 'posted'],
      [1, 'nothing_left'],
      [undefined, 'nothing_left'],
    ];
    for (const [index, [amount, outcome]] of steps.entries()) {
      const result = await undo(`r${index}`, postingId, amount === undefined ? {} : { amount });
      expect(result.outcome).toBe(outcome);
    }
    expect(await balances()).toMatchObject({ ann: [0, 3] });
    expect(await wrong()).toEqual([]);
  });

  it('without an amount takes back what parts have left', async () => {
    const { transfer, postOne, undo, balances } = await open();
    const postingId = await postOne(transfer('earn', 'bank', 'ann', 50));
    await undo('part', postingId, { amount: 20 });
    expect(await undo('rest', postingId)).toMatchObject({ outcome: 'posted' });
    expect(await balances()).toEqual({ bank: [0, 3], ann: [0, 3] });
  });

  it('takes a posting of many legs as a whole, and no part of it', async () => {
    const { transfer, account, postOne, undo, balances, wrong } = await open();
    const legs = [
      { accountId: account('bank'), amount: -10 },
      { accountId: account('ann'), amount: 9 },
      { accountId: account('ann'), amount: -2 },
      { accountId: account('bob'), amount: 3 },
    ];
    const postingId = await postOne({ ...transfer('split', 'bank', 'ann', 10), legs });
    expect(await undo('part', postingId, { amount: 1 })).toEqual({ outcome: 'exceeds_posting' });
    expect(await undo('all', postingId)).toMatchObject({ outcome: 'posted' });
    expect(await balances()).toEqual({ bank: [0, 2], ann: [0, 3], bob: [0, 2] });
    expect(await wrong()).toEqual([]);
  });

  it('refuses what would pass a floor or a ceiling, leaves it to be tried again, and overdraws when it may', async () => {
    const { transfer, postOne, outcomes, undo, balances, wrong } = await open();
    const earned = await postOne(transfer('earn', 'bank', 'ann', 50));
    await outcomes(transfer('spend', 'ann', 'bob', 30));
    expect(await undo('r', earned)).toEqual({ outcome: 'floor_violated' });
    expect(await undo('r', earned, { overdraw: true })).toMatchObject({ outcome: 'posted' });
    expect(await balances()).toMatchObject({ ann: [-30, 3] });

    const left = await postOne(transfer('fill', 'bank', 'capped', 100));
    const taken = await postOne(transfer('take', 'capped', 'bob', 40));
    await outcomes(transfer('refill', 'bank', 'capped', 40));
    expect(await undo('c', taken, { overdraw: true })).toEqual({ outcome: 'ceiling_violated' });
    expect(await undo('d', left)).toMatchObject({ outcome: 'posted' });
    expect(await undo('c', taken)).toMatchObject({ outcome: 'posted' });
    expect(await wrong()).toEqual([]);
  });

  it('knows no posting of another organization', async () => {
    const [mine, theirs] = [await open(), await open()];
    const postingId = await theirs.postOne(theirs.transfer('earn', 'bank', 'ann', 50));
    expect(await mine.undo('r', postingId)).toEqual({ outcome: 'unknown_posting' });
    expect(await mine.undo('r', nobody)).toEqual({ outcome: 'unknown_posting' });
    expect(await theirs.balances()).toMatchObject({ ann: [50, 1] });
  });

  it.each([0, -1])('no part of %i', async (amount) => {
    const { transfer, postOne, undo } = await open();
    const postingId = await postOne(transfer('earn', 'bank', 'ann', 50));
    await expect(undo('r', postingId, { amount })).rejects.toMatchObject({ code: 'validation_failed' });
  });

  it('may itself be reversed, which leaves the first posting reversed', async () => {
    const { transfer, postOne, undo, balances, wrong } = await open();
    const postingId = await postOne(transfer('earn', 'bank', 'ann', 50));
    const reversal = await undo('r', postingId);
    expect(await undo('rr', 'postingId' in reversal ? reversal.postingId : '')).toMatchObject({ outcome: 'posted' });
    expect(await undo('r2', postingId)).toEqual({ outcome: 'nothing_left' });
    expect(await balances()).toEqual({ bank: [-50, 3], ann: [50, 3] });
    expect(await wrong()).toEqual([]);
  });

  it('takes back what a hold posted', async () => {
    const { transfer, outcomes, tx, account, undo, balances, wrong } = await open();
    await outcomes(transfer('earn', 'bank', 'ann', 50));
    const holdId = await tx((open) =>
      holdOne(open, {
        key: 'h',
        debitAccountId: account('ann'),
        creditAccountId: account('bob'),
        amount: 40,
        expiresAt: new Date('2026-03-01T00:00:00Z'),
      }),
    );
    const at = new Date('2026-02-01T00:00:00Z');
    const [resolved] = await tx((open) => resolveHolds(open, [{ holdId, amount: 25 }], { kind: 'capture', at }));
    expect(await undo('r', resolved?.postingId ?? '')).toMatchObject({ outcome: 'posted' });
    expect(await balances()).toMatchObject({ ann: [50, 3], bob: [0, 2] });
    expect(await wrong()).toEqual([]);
  });

  describe('at once', () => {
    it.each([
      ['between authorizing accounts', 'bank', 'ann'],
      ['against a recording account', 'owed', 'ann'],
      ['between recording accounts, which nobody locks', 'owed', 'due'],
    ])('ten full reversals of a posting %s: one is posted', async (_what, from, to) => {
      const { transfer, postOne, undo, tx, account, wrong } = await open();
      const postingId = await postOne(transfer('earn', from, to, 50));
      const results = await Promise.all(Array.from({ length: 10 }, (_, index) => undo(`r${index}`, postingId)));
      expect(results.map(({ outcome }) => outcome).sort()).toEqual([...Array(9).fill('nothing_left'), 'posted']);
      for (const code of [from, to]) {
        expect(await tx((open) => balanceNow(open, account(code)))).toMatchObject({ posted: 0 });
      }
      expect(await wrong()).toEqual([]);
    });

    it('twenty parts of 7 of a posting of 50: seven are posted', async () => {
      const { transfer, postOne, undo, balances, wrong } = await open();
      const postingId = await postOne(transfer('earn', 'owed', 'ann', 50));
      const results = await Promise.all(
        Array.from({ length: 20 }, (_, index) => undo(`r${index}`, postingId, { amount: 7 })),
      );
      expect(results.filter(({ outcome }) => outcome === 'posted')).toHaveLength(7);
      expect(results.filter(({ outcome }) => outcome === 'exceeds_posting')).toHaveLength(13);
      expect(await balances()).toEqual({ ann: [1, 8] });
      expect(await wrong()).toEqual([]);
    });
  });
});
