import type { TenantTransaction } from '@tributary/db/transaction';
import { testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lockAccounts } from './accounts.ts';
import { balanceNow } from './balance.ts';
import { type Hold, hold, holdOne, resolveHolds } from './hold.ts';
import { post } from './post.ts';
import type { Books, Chart } from './test/books.ts';
import { belowZero, type Crowd, connections, numbered, openCrowd, shuffled, somebodyWaits } from './test/crowd.ts';
import { hour } from './test/hold-books.ts';

describe('at once', () => {
  let crowd: Crowd;
  beforeAll(async () => {
    crowd = openCrowd(await testDatabase());
  });
  afterAll(() => crowd.close());
  const open = (chart: Chart) => crowd.books({ owed: { kind: 'liability', mode: 'recording' }, ...chart });

  it('50 debits of the last point, 1,000 rounds: exactly one is posted each time', async () => {
    // A round is an account with one point, and everybody wants it. Each asks for all of them, in sets and orders of his own.
    const rounds = numbered(1000);
    const book = await open(Object.fromEntries(rounds.map((round) => [`a${round}`, { floor: 0 }])));
    const { transfer, outcomes } = book;
    await outcomes(...rounds.map((round) => transfer(`credit ${round}`, 'owed', `a${round}`, 1)));
    const won = await Promise.all(
      numbered(connections).map(async (who) => {
        const mine = shuffled(rounds, who);
        const posted: number[] = [];
        while (mine.length > 0) {
          const wanted = mine.splice(0, 20);
          const results = await outcomes(...wanted.map((round) => transfer(`${who} ${round}`, `a${round}`, 'owed', 1)));
          posted.push(...wanted.filter((_, index) => results[index] === 'posted'));
          expect(results.every((outcome) => outcome === 'posted' || outcome === 'floor_violated')).toBe(true);
        }
        return posted;
      }),
    );
    expect(won.flat().sort((a, b) => a - b)).toEqual(rounds);
    expect(await belowZero(book)).toEqual([]);
    expect(await book.wrong()).toEqual([]);
  }, 90_000);

  describe.each([
    ['a recording account', 'owed'],
    ['an authorizing account', 'bank'],
  ])('against %s', (_what, other) => {
    it('50 debits of the last point, each alone: one is posted', async () => {
      const rounds = numbered(10);
      const wallets = Object.fromEntries(rounds.map((round) => [`a${round}`, { floor: 0 }]));
      const { transfer, outcomes, balances, wrong } = await open({ bank: {}, ...wallets });
      await outcomes(...rounds.map((round) => transfer(`credit ${round}`, other, `a${round}`, 1)));
      for (const round of rounds) {
        const results = await Promise.all(
          numbered(connections).map((who) => outcomes(transfer(`${who} ${round}`, `a${round}`, other, 1))),
        );
        expect(results.flat().filter((outcome) => outcome === 'posted')).toHaveLength(1);
      }
      const { bank: _, ...left } = await balances();
      expect(Object.values(left)).toEqual(rounds.map(() => [0, 2]));
      expect(await wrong()).toEqual([]);
    });

    it('20 credits of 7 and 10 debits of 5 on an account at 100 end at 190', async () => {
      const book = await open({ bank: {}, ann: { floor: 0 } });
      const { transfer, outcomes, balances, wrong } = book;
      await outcomes(transfer('opening', other, 'ann', 100));
      await Promise.all([
        ...numbered(20).map((index) => outcomes(transfer(`c${index}`, other, 'ann', 7))),
        ...numbered(10).map((index) => outcomes(transfer(`d${index}`, 'ann', other, 5))),
      ]);
      expect((await balances()).ann).toEqual([190, 31]);
      expect(await belowZero(book)).toEqual([]);
      expect(await wrong()).toEqual([]);
    });
  });

  describe('what each alone may do and both may not', () => {
    const rounds = numbered(25);

    it('a hold and a posting of one balance: one of them', async () => {
      const { transfer, account, outcomes, tx, wrong } = await open(
        Object.fromEntries(rounds.map((round) => [`a${round}`, { floor: 0 }])),
      );
      await outcomes(...rounds.map((round) => transfer(`credit ${round}`, 'owed', `a${round}`, 10)));
      await Promise.all(
        rounds.map(async (round) => {
          const wanted = { key: `h${round}`, debitAccountId: account(`a${round}`), creditAccountId: account('owed') };
          const results = await Promise.all([
            tx((open) => hold(open, [{ ...wanted, amount: 6, expiresAt: hour(1) }])),
            tx((open) => post(open, [transfer(`p${round}`, `a${round}`, 'owed', 6)])),
          ]);
          const kept = results.flat().filter(({ outcome }) => outcome !== 'floor_violated');
          expect(kept).toHaveLength(1);
        }),
      );
      expect(await wrong()).toEqual([]);
    });

    it('two holds from two accounts into one with a ceiling: one of them', async () => {
      const { account, tx, wrong } = await open({
        ann: {},
        bob: {},
        ...Object.fromEntries(rounds.map((round) => [`c${round}`, { ceiling: 100 }])),
      });
      const into = (round: number, from: string): Hold => ({
        key: `${from} ${round}`,
        debitAccountId: account(from),
        creditAccountId: account(`c${round}`),
        amount: 60,
        expiresAt: hour(1),
      });
      for (const round of rounds) {
        const results = await Promise.all(['ann', 'bob'].map((from) => tx((open) => hold(open, [into(round, from)]))));
        const outcomes = results.flat().map(({ outcome }) => outcome);
        expect(outcomes.sort()).toEqual(['ceiling_violated', 'held']);
      }
      expect(await wrong()).toEqual([]);
    });

    it('two who decide by the sum of two accounts and debit one each: the second sees what the first did', async () => {
      const { transfer, account, outcomes, tx, wrong } = await open(
        Object.fromEntries(rounds.flatMap((round) => [`a${round}`, `b${round}`].map((code) => [code, {}]))),
      );
      await outcomes(
        ...rounds.flatMap((round) =>
          ['a', 'b'].map((side) => transfer(`c${side}${round}`, 'owed', `${side}${round}`, 10)),
        ),
      );
      const spend = (round: number, side: string) =>
        tx(async (open) => {
          const both = await lockAccounts(open, [account(`a${round}`), account(`b${round}`)]);
          const sum = [...both.values()].reduce((total, { available }) => total + available, 0);
          if (sum < 15) return 0;
          await post(open, [transfer(`s${side}${round}`, `${side}${round}`, 'owed', 15)]);
          return 1;
        });
      const spent = await Promise.all(
        rounds.map(async (round) => (await Promise.all([spend(round, 'a'), spend(round, 'b')])).sort()),
      );
      expect(spent).toEqual(rounds.map(() => [0, 1]));
      expect(await wrong()).toEqual([]);
    });
  });

  it.each([
    ['between authorizing accounts', 'ann', 'bob'],
    ['between recording accounts, which nobody locks', 'owed', 'due'],
  ])('ten resolutions of a hold %s: one decides, the others are told what', async (_what, from, to) => {
    const { account, tx, wrong } = await open({ ann: {}, bob: {}, due: { mode: 'recording' } });
    const sides = { debitAccountId: account(from), creditAccountId: account(to) };
    const holdId = await tx((open) => holdOne(open, { key: 'h', ...sides, amount: 50, expiresAt: hour(9) }));
    const results = await Promise.all(
      numbered(10).map((index) =>
        tx((open) => resolveHolds(open, [{ holdId, amount: index % 2 ? 20 : null }], { kind: 'capture', at: hour(1) })),
      ),
    );
    const outcomes = results
      .flat()
      .map(({ outcome }) => outcome)
      .sort();
    const decided = outcomes.at(-1);
    expect(decided).toMatch(/^(posted|voided)$/);
    expect(outcomes).toEqual([...Array(9).fill(`already_${decided}`), decided]);
    const posted = decided === 'posted' ? 20 : 0;
    expect(await tx((open) => balanceNow(open, account(to)))).toMatchObject({ posted, pendingCredits: 0 });
    expect(await wrong()).toEqual([]);
  });

  describe('one key with other accounts', () => {
    it.each<
      [
        what: string,
        run: (tx: TenantTransaction, book: Books, to: string) => Promise<{ outcome: string }[]>,
        first: string,
        begun: number,
      ]
    >([
      ['postings', (tx, { transfer }, to) => post(tx, [transfer('k', 'owed', to, 5)]), 'posted', 3],
      [
        'transfers with no account in common',
        (tx, { transfer }, to) => post(tx, [transfer('k', `${to}'s bank`, to, 5)]),
        'posted',
        2,
      ],
      [
        'holds',
        (tx, { account }, to) =>
          hold(tx, [
            { key: 'k', debitAccountId: account(to), creditAccountId: account('owed'), amount: 5, expiresAt: hour(1) },
          ]),
        'held',
        3,
      ],
    ])('of two %s one happens; the other waited, and conflicts', async (_what, run, first, times) => {
      const book = await open({ ann: {}, bob: {}, "ann's bank": {}, "bob's bank": {} });
      const { tx, begun, wrong, account } = book;
      let second: Promise<{ outcome: string }[]> | undefined;
      const [won] = await tx(async (open) => {
        const results = await run(open, book, 'ann');
        second ??= tx((other) => run(other, book, 'bob'));
        await somebodyWaits(crowd.database);
        return results;
      });
      expect(won?.outcome).toBe(first);
      expect((await second)?.map(({ outcome }) => outcome)).toEqual(['conflict']);
      expect(begun.times).toBe(times);
      expect(await tx((open) => balanceNow(open, account('bob')))).toMatchObject({ posted: 0, pendingDebits: 0 });
      expect(await wrong()).toEqual([]);
    });
  });
});
