import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Posting, type PostOutcome, post } from './post.ts';
import { books, nobody, town } from './test/books.ts';

describe('what does not fit', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = () => books(database, { ...town, credit: { floor: -50 } });

  it.each<[what: string, from: string, to: string, fits: number, refusal: string]>([
    ['S1-142 a floor of zero', 'ann', 'bank', 0, 'floor_violated'],
    ['a floor below zero', 'credit', 'bank', 50, 'floor_violated'],
    ['a ceiling', 'bank', 'capped', 100, 'ceiling_violated'],
  ])('%s is met and not passed', async (_what, from, to, fits, refusal) => {
    const { transfer, outcomes, balances, wrong } = await open();
    expect(await outcomes(transfer('over', from, to, fits + 1))).toEqual([refusal]);
    expect(await balances()).toEqual({});
    if (fits > 0) expect(await outcomes(transfer('met', from, to, fits))).toEqual(['posted']);
    expect(await outcomes(transfer('one more', from, to, 1))).toEqual([refusal]);
    expect(await wrong()).toEqual([]);
  });

  it('is refused alone, and those behind it see what those before it did', async () => {
    const { transfer, outcomes, balances, wrong } = await open();
    expect(
      await outcomes(
        transfer('early', 'ann', 'bob', 5),
        transfer('earn', 'bank', 'ann', 10),
        transfer('spend', 'ann', 'bob', 7),
        transfer('too much', 'ann', 'bob', 4),
        transfer('rest', 'ann', 'bob', 3),
        transfer('on', 'bob', 'capped', 10),
        transfer('over', 'bank', 'capped', 91),
        transfer('full', 'bank', 'capped', 90),
      ),
    ).toEqual([
      'floor_violated',
      'posted',
      'posted',
      'floor_violated',
      'posted',
      'posted',
      'ceiling_violated',
      'posted',
    ]);
    expect(await balances()).toEqual({ bank: [-100, 2], ann: [0, 3], bob: [0, 3], capped: [100, 2] });
    expect(await wrong()).toEqual([]);
  });

  it('is judged at every leg: a set may not dip below a floor and come back', async () => {
    const { transfer, outcomes, balances } = await open();
    expect(await outcomes(transfer('a', 'ann', 'bob', 5), transfer('b', 'bank', 'ann', 5))).toEqual([
      'floor_violated',
      'posted',
    ]);
    expect(await balances()).toEqual({ bank: [-5, 1], ann: [5, 1] });
  });

  it('says the account is unknown when it is not there, and when it is of another organization, alike', async () => {
    const [mine, theirs] = [await open(), await open()];
    const to = (key: string, accountId: string): Posting => ({
      ...mine.transfer(key, 'bank', 'ann', 5),
      legs: [
        { accountId: mine.account('bank'), amount: -5 },
        { accountId, amount: 5 },
      ],
    });
    expect(
      await mine.outcomes(
        to('a', nobody),
        to('b', theirs.account('ann')),
        to('c', theirs.account('owed')),
        mine.transfer('d', 'bank', 'bob', 1),
      ),
    ).toEqual(['unknown_account', 'unknown_account', 'unknown_account', 'posted']);
    expect(await mine.outcomes(to('e', nobody))).toEqual(['unknown_account']);
    expect(await theirs.balances()).toEqual({});
    expect(await mine.balances()).toEqual({ bank: [-1, 1], bob: [1, 1] });
    expect(await mine.wrong()).toEqual([]);
  });

  describe('a posting that may overdraw', () => {
    it('leaves the account overdrawn: debits are refused until credits lifted it, holds too', async () => {
      const { transfer, outcomes, balances, wrong } = await open();
      await outcomes(transfer('earn', 'bank', 'ann', 10));
      expect(await outcomes(transfer('clawback', 'ann', 'bank', 25, { overdraw: true }))).toEqual(['posted']);
      expect(
        await outcomes(
          transfer('spend', 'ann', 'bob', 1),
          transfer('earn a little', 'bank', 'ann', 5),
          transfer('spend still', 'ann', 'bob', 1),
          transfer('clawback too', 'ann', 'bank', 1, { overdraw: true }),
          transfer('earn more', 'bank', 'ann', 12),
          transfer('spend again', 'ann', 'bob', 1),
          transfer('spend over', 'ann', 'bob', 1),
        ),
      ).toEqual(['floor_violated', 'posted', 'floor_violated', 'posted', 'posted', 'posted', 'floor_violated']);
      expect(await balances()).toMatchObject({ ann: [0, 6], bob: [1, 1] });
      expect(await wrong()).toEqual([]);
    });

    it('may not pass a ceiling', async () => {
      const { transfer, outcomes } = await open();
      expect(await outcomes(transfer('a', 'ann', 'capped', 101, { overdraw: true }))).toEqual(['ceiling_violated']);
    });

    it('is the only one of its set that may', async () => {
      const { transfer, outcomes, balances } = await open();
      expect(
        await outcomes(
          transfer('a', 'ann', 'bob', 1),
          transfer('b', 'ann', 'bob', 2, { overdraw: true }),
          transfer('c', 'ann', 'bob', 3),
        ),
      ).toEqual(['floor_violated', 'posted', 'floor_violated']);
      expect(await balances()).toEqual({ ann: [-2, 1], bob: [2, 1] });
    });
  });

  describe('a recording account', () => {
    it('is only added to, has no bounds, and balances with the rest', async () => {
      const { transfer, outcomes, balances, wrong, tx, account } = await open();
      expect(await outcomes(transfer('a', 'owed', 'ann', 5), transfer('b', 'owed', 'bob', 6))).toEqual([
        'posted',
        'posted',
      ]);
      expect(await balances()).toEqual({ ann: [5, 1], bob: [6, 1] });
      const recorded = await tx((open) =>
        open.query('select amount from ledger.records where org_id = $1 and account_id = $2 order by amount', [
          open.orgId,
          account('owed'),
        ]),
      );
      expect(recorded).toEqual([{ amount: -6 }, { amount: -5 }]);
      expect(await wrong()).toEqual([]);
    });

    it('records nothing of a posting that is refused for its other account', async () => {
      const { transfer, outcomes, wrong, tx } = await open();
      expect(await outcomes(transfer('a', 'ann', 'owed', 5), transfer('b', 'owed', 'ann', 1))).toEqual([
        'floor_violated',
        'posted',
      ]);
      const [count] = await tx((open) =>
        open.query('select count(*) as records from ledger.records where org_id = $1', [open.orgId]),
      );
      expect(count).toEqual({ records: 1 });
      expect(await wrong()).toEqual([]);
    });

    it('holds nobody up: two open transactions post against it', async () => {
      const { transfer, tx, balances } = await open();
      await tx(async (outer) => {
        await post(outer, [transfer('a', 'owed', 'ann', 5)]);
        await tx(async (inner) => {
          await inner.query(`set local lock_timeout = '2s'`);
          await post(inner, [transfer('b', 'owed', 'bob', 6)]);
        });
      });
      expect(await balances()).toEqual({ ann: [5, 1], bob: [6, 1] });
    });
  });

  it('in every mix, the outcomes are those of posting one after the other', async () => {
    const codes = ['ann', 'bob', 'credit', 'capped', 'owed', 'bank', 'nobody'];
    const wanted = fc.record({
      key: fc.nat(12),
      from: fc.constantFrom(...codes),
      to: fc.constantFrom(...codes),
      amount: fc.integer({ min: 1, max: 40 }),
      overdraw: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(wanted, { minLength: 2, maxLength: 12 }), async (batch) => {
        const [together, apart] = [await open(), await open()];
        const postings = ({ account, transfer }: typeof together) =>
          batch.map(({ key, from, to, amount, overdraw }) => ({
            ...transfer(`k${key}`, 'bank', 'ann', amount, { overdraw }),
            legs: [
              { accountId: from === 'nobody' ? nobody : account(from), amount: -amount },
              { accountId: to === 'nobody' ? nobody : account(to), amount },
            ],
          }));
        const oneByOne: PostOutcome['outcome'][] = [];
        for (const posting of postings(apart)) oneByOne.push(...(await apart.outcomes(posting)));
        expect(await together.outcomes(...postings(together))).toEqual(oneByOne);
        expect(await together.balances()).toEqual(await apart.balances());
        expect(await together.wrong()).toEqual([]);
      }),
      { numRuns: 60 },
    );
  });
});
