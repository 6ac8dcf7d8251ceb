import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { day, lotBooks, until } from './test/lot-books.ts';

describe('lots', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('are spent by earliest expiry, then by age; those that never expire last', async () => {
    const { earn, move, left, wrong } = await lotBooks(database);
    await earn('ann', [1, until(null)], [2, until(30)], [4, until(10)], [8, until(30)]);
    expect(await left('ann')).toBe('4@10 2@30 8@30 1@never');
    await move('ann', 'spent', 5);
    expect(await left('ann')).toBe('1@30 8@30 1@never');
    await move('ann', 'spent', 2);
    expect(await left('ann')).toBe('7@30 1@never');
    await move('ann', 'spent', 8);
    expect(await left('ann')).toBe('');
    expect(await wrong()).toEqual([]);
  });

  it('several debits of one set share them in order', async () => {
    const { earn, transfer, outcomes, left, tx, wrong } = await lotBooks(database);
    await earn('ann', [5, until(10)], [5, until(20)]);
    const set = ['a', 'b', 'c'].map((key) => transfer(key, 'ann', 'spent', 3));
    expect(await outcomes(...set, transfer('d', 'ann', 'spent', 2))).toEqual([
      'posted',
      'posted',
      'posted',
      'floor_violated',
    ]);
    expect(await left('ann')).toBe('1@20');
    const uses = await tx((open) =>
      open.query(
        `select p.key, extract(day from l.expires_at)::int as day, u.amount from ledger.lot_uses u
         join ledger.lots l on l.org_id = $1 and l.id = u.lot_id join ledger.postings p on p.org_id = $1 and p.id = u.ref
         where u.org_id = $1 order by p.key, l.expires_at`,
        [open.orgId],
      ),
    );
    expect(uses).toEqual([
      { key: 'a', day: 11, amount: 3 },
      { key: 'b', day: 11, amount: 2 },
      { key: 'b', day: 21, amount: 1 },
      { key: 'c', day: 21, amount: 3 },
    ]);
    expect(await wrong()).toEqual([]);
  });

  it('a key that was refused and fits later in the same set moves its lots once', async () => {
    const { transfer, outcomes, left, wrong } = await lotBooks(database);
    const spend = (amount: number) => transfer('spend', 'ann', 'spent', amount);
    expect(
      await outcomes(spend(4), transfer('earn', 'owed', 'ann', 10, { lot: until(10) }), spend(3), spend(3), spend(4)),
    ).toEqual(['floor_violated', 'posted', 'posted', 'replayed', 'conflict']);
    expect(await left('ann')).toBe('7@10');
    expect(await wrong()).toEqual([]);
  });

  describe('a debit that prefers', () => {
    it('an origin takes from its lots first, then as any other', async () => {
      const { earn, move, left } = await lotBooks(database);
      const origin = randomUUID();
      await earn('ann', [5, until(10)], [5, until(30, { origin })], [5, until(20, { origin })]);
      await move('ann', 'spent', 7, { prefers: origin });
      expect(await left('ann')).toBe('5@10 3@30');
      await move('ann', 'spent', 5, { prefers: origin });
      expect(await left('ann')).toBe('3@10');
    });

    it('a posting takes from the lot that it made', async () => {
      const { earn, move, left } = await lotBooks(database);
      const [, second] = await earn('ann', [5, until(10)], [5, until(20)]);
      await move('ann', 'spent', 3, { prefers: second as string });
      expect(await left('ann')).toBe('5@10 2@20');
    });

    it('something that is not there takes as any other', async () => {
      const { earn, move, left } = await lotBooks(database);
      await earn('ann', [5, until(20)], [5, until(10)]);
      await move('ann', 'spent', 3, { prefers: randomUUID() });
      expect(await left('ann')).toBe('2@10 5@20');
    });

    it('comes before the others of its set, whatever the order', async () => {
      const { earn, transfer, outcomes, left, wrong } = await lotBooks(database);
      const origin = randomUUID();
      await earn('ann', [5, until(10, { origin })], [5, until(20)]);
      await outcomes(transfer('a', 'ann', 'spent', 5), transfer('b', 'ann', 'spent', 4, { prefers: origin }));
      expect(await left('ann')).toBe('1@20');
      expect(await wrong()).toEqual([]);
    });

    it('a lot, and one that prefers its origin or its posting, never take it twice', async () => {
      const { earn, transfer, outcomes, left, tx, account, wrong } = await lotBooks(database);
      const origin = randomUUID();
      const [made] = await earn('ann', [5, until(20, { origin })], [5, until(10)], [5, until(30)]);
      const [lot] = await tx((open) =>
        open.query<{ id: string }>('select id from ledger.lots where org_id = $1 and account_id = $2 and ref = $3', [
          open.orgId,
          account('ann'),
          made,
        ]),
      );
      const posted = await outcomes(
        transfer('by posting', 'ann', 'spent', 2, { prefers: made as string }),
        transfer('by origin', 'ann', 'spent', 3, { prefers: origin }),
        transfer('by lot', 'ann', 'spent', 4, { prefers: (lot as { id: string }).id }),
      );
      expect(posted).toEqual(['posted', 'posted', 'posted']);
      expect(await left('ann')).toBe('1@10 5@30');
      expect(await wrong()).toEqual([]);
    });
  });

  describe('debt', () => {
    it('is paid first: only what is beyond it can be spent or expires', async () => {
      const { earn, move, left, expire, balances, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)]);
      await move('ann', 'spent', 12, { overdraw: true });
      expect(await left('ann')).toBe('');
      await earn('ann', [4, until(20)], [9, until(30)]);
      expect(await left('ann')).toBe('6@30');
      expect(await wrong()).toEqual([]);
      expect(await expire(day(50))).toBe(1);
      expect(await balances()).toMatchObject({ ann: [0, 5] });
      expect(await wrong()).toEqual([]);
    });

    it('is paid in order by the credits of one set', async () => {
      const { move, transfer, outcomes, left, wrong } = await lotBooks(database);
      await move('ann', 'spent', 10, { overdraw: true });
      await outcomes(
        transfer('a', 'owed', 'ann', 6, { lot: until(10) }),
        transfer('b', 'owed', 'ann', 6, { lot: until(20) }),
        transfer('c', 'owed', 'ann', 6, { lot: until(30) }),
      );
      expect(await left('ann')).toBe('2@20 6@30');
      expect(await wrong()).toEqual([]);
    });

    it('made and paid in one set leaves no lot to spend twice', async () => {
      const { earn, transfer, outcomes, left, wrong } = await lotBooks(database);
      await earn('ann', [5, until(10)]);
      await outcomes(
        transfer('a', 'ann', 'spent', 8, { overdraw: true }),
        transfer('b', 'owed', 'ann', 4, { lot: until(20) }),
      );
      expect(await left('ann')).toBe('1@20');
      expect(await wrong()).toEqual([]);
    });

    it('takes back what a reversal would restore, too', async () => {
      const { earn, move, undo, left, wrong } = await lotBooks(database);
      await earn('ann', [10, until(10)]);
      const bought = await move('ann', 'spent', 6);
      await move('ann', 'owed', 8, { overdraw: true });
      await undo('r', bought);
      expect(await left('ann')).toBe('2@10');
      expect(await wrong()).toEqual([]);
    });
  });
});
