import { lockAccounts } from '@tributary/ledger/accounts';
import { postAll } from '@tributary/ledger/post';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createCustomers } from '../customer/create-customers.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { dailySteps } from './daily-steps.ts';
import { dyingAt } from './dying-database.fixture.ts';
import { at, openProgramme, type Programme } from './programme.fixture.ts';
import { runDaily } from './run-daily.ts';

const midnight = '2026-06-04T00:00:00Z';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** A shop where something is due in every step for ann and bob; eve is frozen. */
async function openBusyShop(): Promise<Programme> {
  const shop = await openProgramme(database, { rule: { pendingDays: 1, expiry: { months: 0, roundUp: 'day' } } });
  for (const customer of ['ann', 'bob', 'eve']) await shop.sell(customer, 50, '2026-06-01T12:00:00Z');
  await shop.run('2026-06-02T00:00:00Z');
  for (const customer of ['ann', 'bob']) {
    await shop.hold(customer, 20, '2026-06-02T12:00:00Z');
    await shop.sell(customer, 30, '2026-06-02T12:00:00Z');
  }
  await shop.sell('eve', 5, '2026-06-03T12:00:00Z');
  await shop.freeze('eve', '2026-06-03T13:00:00Z');
  const metals = [
    { name: 'Bronze', threshold: 0 },
    { name: 'Gold', threshold: 60 },
  ];
  await shop.setTiers({ basis: 'lifetime_points', periodMonths: null, downgrade: 'one_down', tiers: metals });
  await database.superuser.query(
    `insert into identity.idempotency_keys (org_id, key, operation, request_hash, response, expires_at) values ($1, 'k', 'x', '', '', $2)`,
    [shop.orgId, midnight],
  );
  return shop;
}

/** Everything the day may have changed, but for ids and times of writing. */
async function stateOf(shop: Programme) {
  const [state] = await shop.asWorker((tx) =>
    tx.query<{ runs: unknown }>(
      `select (select jsonb_object_agg(kind, count) from (select kind, count(*) from ledger.postings where org_id = $1 group by kind) p) as postings,
         (select jsonb_agg(jsonb_build_array(remaining, expires_at) order by remaining, expires_at) from ledger.lots where org_id = $1 and remaining > 0) as lots,
         (select jsonb_object_agg(code, balance) from ledger.accounts where org_id = $1 and mode = 'recording') as folded,
         (select jsonb_agg(status order by status) from loyalty.rewards where org_id = $1) as rewards,
         (select count(*) from loyalty.tier_changes where org_id = $1) as "tierChanges",
         (select count(*) from identity.idempotency_keys where org_id = $1) as keys,
         (select jsonb_agg(jsonb_build_array(day, finished_at is not null, counts) order by day) from loyalty.daily_runs where org_id = $1) as runs`,
      [tx.orgId],
    ),
  );
  return { ...state, wallets: await shop.wallets(), faults: await shop.faults() };
}

describe('a daily run', () => {
  it('done again changes nothing, whether the day was finished or not', async () => {
    const shop = await openBusyShop();
    expect(await shop.run(midnight)).toEqual({
      lotsActivated: 2,
      rewardsExpired: 2,
      tiersChanged: 2,
      lotsExpired: 4,
      recordsFolded: 7,
      keysPurged: 1,
    });
    const done = await stateOf(shop);
    expect(done).toMatchObject({ faults: [], keys: 0, rewards: ['deleted', 'deleted'] });
    const { dying: listening, heard } = dyingAt(database.worker, Number.POSITIVE_INFINITY);
    expect(await shop.run(midnight, listening)).toBeNull();
    expect(heard.commits).toBe(1);
    expect(await stateOf(shop)).toEqual(done);
    await database.superuser.query('update loyalty.daily_runs set finished_at = null where org_id = $1 and day = $2', [
      shop.orgId,
      midnight,
    ]);
    await shop.run(midnight);
    expect(await stateOf(shop)).toEqual(done);
  });

  it('killed before any of its commits and taken up again ends like one that was not', async () => {
    const whole = await openBusyShop();
    const { dying, heard } = dyingAt(database.worker, Number.POSITIVE_INFINITY);
    await whole.run(midnight, dying);
    const expected = await stateOf(whole);
    expect(heard.commits).toBeGreaterThan(dailySteps.length);
    for (let commit = 1; commit <= heard.commits; commit += 1) {
      const shop = await openBusyShop();
      await expect(shop.run(midnight, dyingAt(database.worker, commit).dying)).rejects.toThrow('killed');
      await shop.run('2026-06-04T01:00:00Z');
      expect(await stateOf(shop), `killed at commit ${commit}`).toEqual(expected);
    }
  });

  it('of five at once for the same day, everything is done and counted once', async () => {
    const alone = await openBusyShop();
    await alone.run(midnight);
    const together = await openBusyShop();
    await Promise.all(Array.from({ length: 5 }, () => together.run(midnight)));
    expect(await stateOf(together)).toEqual(await stateOf(alone));
  });

  it('is refused before its day has begun there, and then leaves nothing', async () => {
    const shop = await openProgramme(database, { timeZone: 'America/New_York' });
    const run = (now: string) =>
      runDaily({ database: database.worker, orgId: shop.orgId }, { day: '2026-06-04', now: at(now) });
    await expect(run('2026-06-04T03:59:59Z')).rejects.toThrow('not begun');
    expect(await stateOf(shop)).toMatchObject({ runs: null });
    expect(await run('2026-06-04T04:00:00Z')).toEqual({});
  });
});

describe('2,000 lots of one organization', () => {
  const lots = 2000;
  const aPage = 500;

  /** A customer for each lot, which is a point that expires at midnight. */
  async function openLargeShop(): Promise<Programme> {
    const shop = await openProgramme(database);
    await shop.asWorker((tx) => createCustomers(tx, lots));
    await gatherStatistics();
    await shop.asWorker(async (tx) => {
      const issued = await pointsAccount(tx, 'issued');
      // Two runs must not meet where they open it.
      await pointsAccount(tx, 'expired');
      const wallets = await tx.query<{ accountId: string }>(
        'select account_id as "accountId" from loyalty.wallets where org_id = $1',
        [tx.orgId],
      );
      const credits = wallets.map(({ accountId }) => ({
        key: `lot of ${accountId}`,
        kind: 'earn',
        effectiveAt: at('2026-06-01T00:00:00Z'),
        legs: [
          { accountId: issued, amount: -1 },
          { accountId, amount: 1, lot: { expiresAt: at(midnight) } },
        ],
      }));
      for (let first = 0; first < lots; first += aPage) await postAll(tx, credits.slice(first, first + aPage));
    });
    await gatherStatistics();
    return shop;
  }

  /** As the server does by itself, but not within a test's time: without them it takes these tables for empty. */
  async function gatherStatistics(): Promise<void> {
    const tables = ['accounts', 'postings', 'entries', 'records', 'lots', 'lot_uses'].map((name) => `ledger.${name}`);
    await database.superuser.query(`analyze loyalty.wallets, ${tables.join(', ')}`);
  }

  it('expire in pages, in statements that are not counted by lots', async () => {
    const shop = await openLargeShop();
    const { dying, heard } = dyingAt(database.worker, Number.POSITIVE_INFINITY);
    expect(await shop.run(midnight, dying)).toEqual({ lotsExpired: lots, recordsFolded: 2 * lots });
    expect(heard.statements).toBeLessThan(120);
    expect(await shop.faults()).toEqual([]);
  });

  /** Keeps the first page from being taken while `work` runs, and the point of its first lot from expiring. */
  function spendingFirst<Result>(shop: Programme, work: () => Promise<Result>): Promise<Result> {
    return shop.asWorker(async (tx) => {
      const [{ id } = { id: '' }] = await tx.query<{ id: string }>(
        'select account_id as id from ledger.lots where org_id = $1 order by expires_at, id limit 1',
        [tx.orgId],
      );
      const redeemed = await pointsAccount(tx, 'redeemed');
      await lockAccounts(tx, [id]);
      const result = await work();
      const legs = [
        { accountId: id, amount: -1 },
        { accountId: redeemed, amount: 1 },
      ];
      await postAll(tx, [{ key: 'spend', kind: 'redeem', effectiveAt: at(midnight), legs }]);
      return result;
    });
  }

  const waiting = (runs: number) =>
    vi.waitFor(async () => {
      const { rows } = await database.superuser.query(
        `select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`,
        [database.name],
      );
      expect(rows).toHaveLength(runs);
    }, 10_000);

  it('are not left behind when somebody spends of a page while it is taken', async () => {
    const shop = await openLargeShop();
    const { run } = await spendingFirst(shop, async () => {
      const running = shop.run(midnight);
      await waiting(1);
      return { run: running };
    });
    expect(await run).toMatchObject({ lotsExpired: lots - 1 });
    expect(await shop.faults()).toEqual([]);
  });

  it('are not left behind when one of two runs takes a page before the other and dies in the next', async () => {
    const shop = await openLargeShop();
    const { dying } = dyingAt(database.worker, 6);
    const { first, second } = await spendingFirst(shop, async () => {
      const runs = { first: shop.run(midnight, dying).catch(String), second: Promise.resolve<unknown>(null) };
      await waiting(1);
      runs.second = shop.run(midnight);
      await waiting(2);
      return runs;
    });
    expect(await first).toBe('Error: killed');
    expect(await second).toMatchObject({ lotsExpired: lots - 1 });
    expect(await shop.faults()).toEqual([]);
  });
});
