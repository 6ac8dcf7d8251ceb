import { readId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Office, openOffice } from '../adjust/office.fixture.ts';
import { createCustomers } from '../customer/create-customers.ts';
import { changes, configure, grade, recalculate, sell, tierOf } from './tiers.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** An office without tiers, so that none is given before it is asked for. */
const open = () => openOffice(database);

describe('a tier that is over', () => {
  const held = (office: Office, tier: string, until: string) =>
    office.setWallet('ann', `tier = '${tier}', tier_expires_at = '${until}'`);

  it.each([
    ['one_down', 'Silver'],
    ['balance_based', 'Bronze'],
  ] as const)('L61 falls, %s, from Gold to %s', async (downgrade, expected) => {
    const office = await open();
    await sell(office, 100);
    await held(office, 'Gold', '2026-11-20');
    expect(await grade(office, { downgrade, periodMonths: 12 })).toMatchObject({ changed: 1 });
    expect(await changes(office)).toEqual([{ from_tier: 'Gold', to_tier: expected, score: 100 }]);
  });

  it('is renewed by who still reaches it, which is no change of tier', async () => {
    const office = await open();
    await sell(office, 20_000);
    await held(office, 'Gold', '2026-11-20');
    expect(await grade(office, { periodMonths: 12 })).toMatchObject({ changed: 1 });
    expect([await tierOf(office), await changes(office)]).toEqual(['Gold', []]);
    const [wallet] = await office.run((tx) =>
      tx.query('select tier_expires_at from loyalty.wallets where org_id = $1', [tx.orgId]),
    );
    expect(wallet).toEqual({ tier_expires_at: new Date('2027-11-21T12:00:00Z') });
  });

  it('S1-072 waits while the wallet is frozen, and falls when it is not', async () => {
    const office = await open();
    await sell(office, 100);
    await held(office, 'Gold', '2026-11-20');
    await office.freeze('ann');
    expect(await grade(office, { periodMonths: 12 })).toEqual({ changed: 0, after: null });
    expect(await tierOf(office)).toBe('Gold');
    await office.unfreeze('ann');
    expect(await tierOf(office)).toBe('Silver');
  });
});

describe('recalculateTiers', () => {
  it('writes what changes and nothing else', async () => {
    const office = await open();
    await sell(office, 15_000);
    await sell(office, 100, {}, 'bob');
    expect(await grade(office)).toEqual({ changed: 2, after: null });
    const before = await office.run((tx) => tx.query('select xmin::text, * from loyalty.wallets order by id'));
    expect(await recalculate(office)).toEqual({ changed: 0, after: null });
    expect(await office.run((tx) => tx.query('select xmin::text, * from loyalty.wallets order by id'))).toEqual(before);
    expect(await changes(office)).toHaveLength(2);
  });

  it('does nothing where no tiers were configured', async () => {
    const office = await open();
    await sell(office, 15_000);
    expect(await recalculate(office)).toEqual({ changed: 0, after: null });
    expect(await tierOf(office)).toBeNull();
  });

  it('does so for the wallets named, and no others', async () => {
    const office = await open();
    await sell(office, 15_000);
    await sell(office, 15_000, {}, 'bob');
    const walletId = readId('wallet', await office.walletOf('bob'));
    await configure(office);
    expect(await recalculate(office, { walletIds: [walletId] })).toEqual({ changed: 1, after: null });
    expect([await tierOf(office), await tierOf(office, 'bob')]).toEqual([null, 'Silver']);
    expect(await recalculate(office, { walletIds: [] })).toEqual({ changed: 0, after: null });
  });

  it('goes through all wallets in parts', async () => {
    const office = await open();
    for (const customer of ['ann', 'bob', 'cat', 'dan', 'eve']) await sell(office, 15_000, {}, customer);
    await configure(office);
    const parts: number[] = [];
    let after: string | null = null;
    do {
      const result: Awaited<ReturnType<typeof recalculate>> = await recalculate(office, {
        limit: 2,
        ...(after && { after }),
      });
      parts.push(result.changed);
      after = result.after;
    } while (after);
    expect(parts).toEqual([2, 2, 1]);
  });

  it('never takes more than 1000 at once', async () => {
    const office = await open();
    await office.run((tx) => createCustomers(tx, 1001));
    await configure(office);
    const first = await recalculate(office, { limit: 5000 });
    expect(first).toEqual({ changed: 1000, after: expect.any(String) });
    expect(await recalculate(office, { after: first.after ?? '' })).toEqual({ changed: 1, after: null });
  });

  it('by several at once gives each wallet its tier once', async () => {
    const office = await open();
    for (const customer of ['ann', 'bob', 'cat']) await sell(office, 15_000, {}, customer);
    await configure(office);
    // Held back until all of them have read, and wait to write.
    const recalculating = await office.run(async (tx) => {
      await tx.query('select from loyalty.wallets where org_id = $1 for update', [tx.orgId]);
      const all = Array.from({ length: 4 }, () => recalculate(office));
      while ((await waiting()) < all.length) await new Promise(setImmediate);
      return all;
    });
    const results = await Promise.all(recalculating);
    expect(results.reduce((sum, { changed }) => sum + changed, 0)).toBe(3);
    expect(await changes(office)).toHaveLength(3);
  });

  async function waiting(): Promise<number> {
    const { rows } = await database.superuser.query(
      `select count(*)::int as count from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows[0].count;
  }

  it('touches no other organization', async () => {
    const [ours, theirs] = [await open(), await open()];
    await sell(theirs, 15_000);
    for (const office of [ours, theirs]) await configure(office);
    const walletId = readId('wallet', await theirs.walletOf('ann'));
    expect(await recalculate(ours, { walletIds: [walletId] })).toEqual({ changed: 0, after: null });
    expect(await recalculate(ours)).toEqual({ changed: 0, after: null });
    expect(await tierOf(theirs)).toBeNull();
  });
});
