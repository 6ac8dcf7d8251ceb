import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { balanceAt, balanceNow, type StatementLine, statement } from './balance.ts';
import { type Books, books } from './test/books.ts';

const never = new Date('2000-01-01T00:00:00Z');
const always = new Date('2100-01-01T00:00:00Z');

describe('balance', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const open = () => books(database, { bank: {}, ann: { floor: 0 }, bob: { floor: 0 } });

  /** Eight sets a few milliseconds apart, some with several entries of one posting time. Answers Ann's amounts, in order. */
  async function busy({ run, transfer, tx }: Books): Promise<number[]> {
    const sets = [[10], [5, -3, 4], [-16], [7, 7], [1], [-2, -2, -2], [30], [-1]];
    for (const [set, amounts] of sets.entries()) {
      await run(
        amounts.map((amount, index) =>
          amount > 0
            ? transfer(`${set}.${index}`, 'bank', 'ann', amount)
            : transfer(`${set}.${index}`, 'ann', 'bank', -amount),
        ),
      );
      await tx((open) => open.query('select pg_sleep(0.002)'));
    }
    return sets.flat();
  }

  /** Every entry of an account with the time it was recorded at, in the database's own microseconds. */
  const history = ({ tx, account }: Books, code: string) =>
    tx((open) =>
      open.query<{ version: number; amount: number; balance_after: number; at: string }>(
        `select e.version, e.amount, e.balance_after, p.recorded_at::text as at
         from ledger.entries e join ledger.postings p on p.org_id = $1 and p.id = e.posting_id
         where e.org_id = $1 and e.account_id = $2 order by e.version`,
        [open.orgId, account(code)],
      ),
    );

  it('now is what was posted, null for an account that is not there', async () => {
    const book = await open();
    const other = await open();
    await busy(book);
    const now = (code: string) => book.tx((tx) => balanceNow(tx, book.account(code)));
    expect(await now('ann')).toEqual({ posted: 38, pendingDebits: 0, pendingCredits: 0, available: 38 });
    expect(await now('bob')).toEqual({ posted: 0, pendingDebits: 0, pendingCredits: 0, available: 0 });
    expect(await book.tx((tx) => balanceNow(tx, other.account('ann')))).toBeNull();
  });

  it('at every recorded time is the running balance, and a microsecond before is the one before', async () => {
    const book = await open();
    const amounts = await busy(book);
    const entries = await history(book, 'ann');
    expect(entries.map(({ amount }) => amount)).toEqual(amounts);
    const found = await book.tx((tx) =>
      tx.query<{ at: number; before: number }>(
        `select ledger.balance_at($1, $2, t.at) as at, ledger.balance_at($1, $2, t.at - interval '1 microsecond') as before
         from unnest($3::timestamptz[]) with ordinality as t (at, ord) order by t.ord`,
        [tx.orgId, book.account('ann'), entries.map(({ at }) => at)],
      ),
    );
    // Entries of one time count together: the balance then is that of the last of them.
    const lastAt = (at: string) => entries.findLast((entry) => entry.at === at)?.balance_after;
    const before = (at: string) => entries.findLast((entry) => entry.at < at)?.balance_after ?? 0;
    expect(found).toEqual(entries.map(({ at }) => ({ at: lastAt(at), before: before(at) })));
    expect(new Set(entries.map(({ at }) => at)).size).toBe(8);
  });

  it('is zero before the first entry, in another organization, and that of now from then on', async () => {
    const book = await open();
    const other = await open();
    await busy(book);
    const at = (from: Books, when: Date) => from.tx((tx) => balanceAt(tx, book.account('ann'), when));
    expect([await at(book, never), await at(book, always), await at(other, always)]).toEqual([0, 38, 0]);
  });

  describe('statement', () => {
    const whole = ({ tx, account }: Books, from = never, to = always, limit = 100) =>
      tx((open) => statement(open, { accountId: account('ann'), from, to, limit }));

    it('has the balance before, the entries and the balance after', async () => {
      const book = await open();
      const amounts = await busy(book);
      const { opening, closing, lines } = await whole(book);
      expect([opening, closing]).toEqual([0, 38]);
      expect(lines.map(({ amount }) => amount)).toEqual(amounts);
      expect(lines[0]).toMatchObject({ version: 1, balanceAfter: 10, kind: 'transfer' });
      expect(lines[0]?.effectiveAt).toEqual(new Date('2026-01-01T00:00:00Z'));
    });

    it.each([1, 2, 3, 5, 14, 100])(
      'in pages of %i is the same, entries of one time on different pages too',
      async (limit) => {
        const book = await open();
        await busy(book);
        const { lines: expected } = await whole(book);
        const pages: StatementLine[] = [];
        for (let after = 0; ; after = pages.at(-1)?.version ?? 0) {
          const page = await book.tx((tx) =>
            statement(tx, { accountId: book.account('ann'), from: never, to: always, limit, after }),
          );
          expect([page.opening, page.closing]).toEqual([0, 38]);
          expect(page.lines.length).toBeLessThanOrEqual(limit);
          if (page.lines.length === 0) break;
          pages.push(...page.lines);
        }
        expect(pages).toEqual(expected);
      },
    );

    it('over any period opens and closes with the balances at its ends, and its entries are the difference', async () => {
      const book = await open();
      await busy(book);
      const { lines: all } = await whole(book);
      const times = [never, ...new Set(all.map(({ recordedAt }) => recordedAt.getTime() + 1))].map(Number);
      for (const [index, from] of times.entries()) {
        for (const to of times.slice(index)) {
          const { opening, closing, lines } = await whole(book, new Date(from), new Date(to));
          const upTo = (end: number) => all.findLast(({ recordedAt }) => recordedAt.getTime() < end)?.balanceAfter ?? 0;
          expect([opening, closing]).toEqual([upTo(from), upTo(to)]);
          expect(lines.reduce((sum, { amount }) => sum + amount, opening)).toBe(closing);
        }
      }
    });

    it('of a period without entries has none, and of an account that is not there is empty', async () => {
      const book = await open();
      const other = await open();
      await busy(book);
      expect(await whole(book, always, always)).toEqual({ opening: 38, closing: 38, lines: [] });
      expect(await whole(book, never, never)).toEqual({ opening: 0, closing: 0, lines: [] });
      expect(
        await book.tx((tx) => statement(tx, { accountId: other.account('ann'), from: never, to: always, limit: 9 })),
      ).toEqual({ opening: 0, closing: 0, lines: [] });
    });
  });
});
