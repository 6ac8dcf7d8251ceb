import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { expireLots } from './lots.ts';
import { post } from './post.ts';
import { somebodyWaits } from './test/crowd.ts';
import { day, lotBooks, until } from './test/lot-books.ts';

describe('expireLots', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('takes back what is left of each lot whose time has come, the oldest first, as many as asked', async () => {
    const { earn, move, left, expire, balances, wrong } = await lotBooks(database);
    await earn('ann', [5, until(30)], [6, until(10)], [7, until(20)], [8, until(null)]);
    await earn('bob', [9, until(15)]);
    await move('ann', 'spent', 2);
    expect(await expire(day(9))).toBe(0);
    expect(await expire(day(10))).toBe(1);
    expect(await left('ann')).toBe('7@20 5@30 8@never');
    expect(await expire(day(90), 2)).toBe(2);
    expect([await left('ann'), await left('bob')]).toEqual(['5@30 8@never', '']);
    expect(await expire(day(90), 2)).toBe(1);
    expect(await balances()).toEqual({ ann: [8, 8], bob: [0, 2], spent: [2, 1] });
    expect(await wrong()).toEqual([]);
  });

  it('counts at the time it was due, and again changes nothing', async () => {
    const { earn, expire, balances, tx } = await lotBooks(database);
    await earn('ann', [5, until(10)]);
    expect(await expire(day(40))).toBe(1);
    expect(await expire(day(40))).toBe(0);
    const expired = await tx((open) =>
      open.query(`select effective_at from ledger.postings where org_id = $1 and kind = 'expire'`, [open.orgId]),
    );
    expect(expired).toEqual([{ effective_at: day(10) }]);
    expect(await balances()).toEqual({ ann: [0, 2] });
  });

  it('leaves alone what it is told to, and what waits to be released', async () => {
    const { earn, account, tx, left } = await lotBooks(database);
    await earn('ann', [5, until(10)]);
    await earn('bob', [5, until(10)]);
    await earn('soon', [5, until(10, { release: { at: day(50), accountId: account('bob') } })]);
    const sweep = { at: day(20), limit: 10, intoAccountId: account('owed'), except: [account('ann')] };
    expect(await tx((open) => expireLots(open, sweep))).toBe(1);
    expect([await left('ann'), await left('bob'), await left('soon')]).toEqual(['5@10', '', '5@10']);
  });

  it('four jobs at once take each lot once', async () => {
    const { earn, expire, balances, wrong } = await lotBooks(database);
    await Promise.all(
      ['ann', 'bob', 'soon'].map((code) =>
        earn(
          code,
          ...Array.from({ length: 6 }, (_, index): [number, ReturnType<typeof until>] => [index + 1, until(index)]),
        ),
      ),
    );
    const counts = await Promise.all(Array.from({ length: 4 }, () => expire(day(90))));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(18);
    expect(await balances()).toEqual({ ann: [0, 12], bob: [0, 12], soon: [0, 12] });
    expect(await wrong()).toEqual([]);
  });

  it('waits for who is spending, and takes only what that left', async () => {
    const { earn, transfer, tx, expire, balances, wrong } = await lotBooks(database);
    await earn('ann', [10, until(1)], [10, until(2)]);
    let job: Promise<number> | undefined;
    await tx(async (spending) => {
      await post(spending, [transfer('spend', 'ann', 'spent', 8)]);
      job = expire(day(90));
      await somebodyWaits(database);
    });
    expect(await job).toBe(2);
    expect(await balances()).toEqual({ ann: [0, 5], spent: [8, 1] });
    expect(await wrong()).toEqual([]);
  });

  it('and those who spend at the same time never spend or lose a point twice', async () => {
    const { earn, transfer, outcomes, expire, balances, wrong } = await lotBooks(database);
    await earn(
      'ann',
      ...Array.from({ length: 10 }, (_, index): [number, ReturnType<typeof until>] => [10, until(index)]),
    );
    const jobs = [expire(day(90), 4), expire(day(90), 4)];
    const spends = Array.from({ length: 10 }, (_, index) => outcomes(transfer(`s${index}`, 'ann', 'spent', 8)));
    const spent = (await Promise.all(spends)).flat().filter((outcome) => outcome === 'posted').length;
    await Promise.all(jobs);
    expect((await balances()).spent).toEqual(spent > 0 ? [8 * spent, spent] : undefined);
    while ((await expire(day(90))) > 0);
    expect((await balances()).ann?.[0]).toBe(0);
    expect(await wrong()).toEqual([]);
  });

  it('into an account that is locked, too, takes its locks in the order of everybody: none waits in a circle', async () => {
    const { earn, transfer, account, tx, wrong } = await lotBooks(database);
    await earn('ann', [1000, until(null)]);
    let attempts = 0;
    const counted = (work: Parameters<typeof tx>[0]) =>
      tx((open) => {
        attempts += 1;
        return work(open);
      });
    // Accounts are opened by code, so that ann is locked before bob.
    const sweep = { at: day(20), limit: 10, intoAccountId: account('ann') };
    for (let round = 0; round < 30; round += 1) {
      await Promise.all([
        ...[1, 2].map((n) =>
          counted((open) => post(open, [transfer(`${round} ${n}`, 'ann', 'bob', 3, { lot: until(10) })])),
        ),
        ...[1, 2].map(() => counted((open) => expireLots(open, sweep))),
      ]);
    }
    expect(attempts).toBe(120);
    expect(await wrong()).toEqual([]);
  });
});

describe('releaseLots', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('moves each lot to the account it was meant for, where it keeps origin and expiry', async () => {
    const { earn, account, release, left, tx, wrong } = await lotBooks(database);
    const origin = randomUUID();
    await earn(
      'soon',
      [5, until(30, { origin, release: { at: day(7), accountId: account('ann') } })],
      [6, until(null, { release: { at: day(8), accountId: account('bob') } })],
      [7, until(20)],
    );
    expect(await release(day(6))).toBe(0);
    expect(await release(day(7))).toBe(1);
    expect([await left('soon'), await left('ann')]).toEqual(['7@20 6@never', '5@30']);
    const origins = await tx((open) =>
      open.query('select origin, available_at from ledger.lots where org_id = $1 and account_id = $2', [
        open.orgId,
        account('ann'),
      ]),
    );
    expect(origins).toEqual([{ origin, available_at: null }]);
    expect(await release(day(90))).toBe(1);
    expect(await release(day(90))).toBe(0);
    expect([await left('soon'), await left('bob')]).toEqual(['7@20', '6@never']);
    expect(await wrong()).toEqual([]);
  });

  it('L34 then expiry: what was released late has its own end, and the daily order is release, then expire', async () => {
    const { earn, account, release, expire, left, balances } = await lotBooks(database);
    await earn('soon', [5, until(10, { release: { at: day(7), accountId: account('ann') } })]);
    expect(await expire(day(12))).toBe(0);
    expect(await release(day(12))).toBe(1);
    expect(await left('ann')).toBe('5@10');
    expect(await expire(day(12))).toBe(1);
    expect(await balances()).toEqual({ ann: [0, 2], soon: [0, 2] });
  });

  it('moves what is left of a lot that was partly taken back, and pays debts there first', async () => {
    const { earn, account, move, undo, release, left, wrong } = await lotBooks(database);
    const [earned] = await earn('soon', [10, until(30, { release: { at: day(7), accountId: account('ann') } })]);
    await undo('refund', earned as string, 4);
    await move('ann', 'spent', 2, { overdraw: true });
    expect(await release(day(7))).toBe(1);
    expect(await left('ann')).toBe('4@30');
    expect(await wrong()).toEqual([]);
  });

  it('four jobs at once release each lot once', async () => {
    const { earn, account, release, balances, wrong } = await lotBooks(database);
    const waiting = until(90, { release: { at: day(1), accountId: account('ann') } });
    await earn('soon', [1, waiting], [2, waiting], [3, waiting], [4, waiting]);
    const counts = await Promise.all(Array.from({ length: 4 }, () => release(day(2))));
    expect(counts.reduce((sum, count) => sum + count, 0)).toBe(4);
    expect(await balances()).toEqual({ ann: [10, 4], soon: [0, 8] });
    expect(await wrong()).toEqual([]);
  });
});
