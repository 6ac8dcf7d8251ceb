import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { freezeWallet } from '../freeze/freeze-wallet.ts';
import { dailySteps } from './daily-steps.ts';
import { at, openProgramme, type Programme } from './programme.fixture.ts';
import { expireHeld } from './run-daily.ts';

const holding = (balance: number, pending = 0, tier: string | null = null) => ({ balance, pending, tier });
const justBefore = (time: string) => new Date(at(time).getTime() - 1).toISOString();
const aYear = { months: 12, roundUp: 'month' } as const;
const aMonth = { months: 1, roundUp: 'day' } as const;
const theDay = { months: 0, roundUp: 'day' } as const;
const metals = [
  { name: 'Bronze', threshold: 0 },
  { name: 'Gold', threshold: 50 },
];

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

describe('points go with the day they expire on, and not before', () => {
  it.each([
    ['L28 P12M from 2020-07-06', 'UTC', aYear, '2020-07-06T15:00:00Z', '2021-08-01T00:00:00Z'],
    ['L28 in Tokyo', 'Asia/Tokyo', aYear, '2020-07-06T15:00:00Z', '2021-07-31T15:00:00Z'],
    ['L29 a month from January 25', 'UTC', aMonth, '2026-01-25T15:00:00Z', '2026-02-26T00:00:00Z'],
    ['L29 in New York to March 8', 'America/New_York', aMonth, '2026-02-08T15:00:00Z', '2026-03-09T04:00:00Z'],
    ['L29 in New York to November 1', 'America/New_York', aMonth, '2026-10-01T15:00:00Z', '2026-11-02T05:00:00Z'],
    ['L29 in Cairo, before a day at 01:00', 'Africa/Cairo', aMonth, '2024-03-25T15:00:00Z', '2024-04-25T22:00:00Z'],
    ['L32 the same day in Kathmandu', 'Asia/Kathmandu', theDay, '2026-01-25T18:14:58Z', '2026-01-25T18:15:00Z'],
  ])('%s', async (_case, timeZone, expiry, earnedAt, gone) => {
    const shop = await openProgramme(database, { timeZone, rule: { expiry } });
    await shop.sell('ann', 50, earnedAt);
    await shop.run(justBefore(gone));
    expect(await shop.wallet('ann')).toEqual(holding(50));
    expect(await shop.run(gone)).toMatchObject({ lotsExpired: 1 });
    expect(await shop.wallet('ann')).toEqual(holding(0));
    expect(await shop.faults()).toEqual([]);
  });
});

it('L34 pending points can be spent once they have waited, and expire a month after that', async () => {
  const rule = { pendingDays: 7, expiry: aMonth };
  const shop = await openProgramme(database, { timeZone: 'America/New_York', rule });
  await shop.sell('ann', 50, '2026-03-02T15:00:00Z');
  const days: [string, object, object][] = [
    ['2026-03-09T03:59:59Z', {}, holding(0, 50)],
    ['2026-03-09T04:00:00Z', { lotsActivated: 1 }, holding(50)],
    ['2026-04-10T03:59:59Z', {}, holding(50)],
    ['2026-04-10T04:00:00Z', { lotsExpired: 1 }, holding(0)],
  ];
  for (const [time, counts, expected] of days) {
    expect(await shop.run(time)).toMatchObject(counts);
    expect(await shop.wallet('ann')).toEqual(expected);
    expect(await shop.faults()).toEqual([]);
  }
});

describe('L35 what falls due with a day', () => {
  /** What a run wrote, in the order of its transactions. */
  async function written(shop: Programme): Promise<string[]> {
    const rows = await shop.asWorker((tx) =>
      tx.query<{ what: string }>(
        `select what from (
           select kind as what, xmin::text::bigint as written from ledger.postings where org_id = $1
           union select 'reward ' || status, xmin::text::bigint from loyalty.rewards where org_id = $1
           union select 'tier', xmin::text::bigint from loyalty.tier_changes where org_id = $1
           union select 'fold', xmin::text::bigint from ledger.folds where org_id = $1
         ) done order by written`,
        [tx.orgId],
      ),
    );
    return rows.map(({ what }) => what);
  }

  it('is done in this order, so that after days that were missed nothing stays that should be gone', async () => {
    const steps = ['lotsActivated', 'rewardsExpired', 'tiersChanged', 'lotsExpired', 'tiersChanged'];
    expect(dailySteps.map(({ counts }) => counts)).toEqual([...steps, 'recordsFolded', 'keysPurged']);
    const shop = await openProgramme(database, { rule: { pendingDays: 1, expiry: theDay } });
    await shop.sell('ann', 50, '2026-06-01T12:00:00Z');
    await shop.run('2026-06-02T00:00:00Z');
    await shop.hold('ann', 20, '2026-06-02T12:00:00Z');
    await shop.sell('ann', 30, '2026-06-02T12:00:00Z');
    await shop.setTiers({ basis: 'lifetime_points', periodMonths: null, downgrade: 'one_down', tiers: metals });
    expect(await shop.wallet('ann')).toEqual(holding(30, 30));
    const { length } = await written(shop);

    const changes = { lotsActivated: 1, rewardsExpired: 1, tiersChanged: 1, lotsExpired: 2 };
    expect(await shop.run('2026-06-04T00:00:00Z')).toMatchObject(changes);
    // The reward was among them before, too.
    expect((await written(shop)).slice(length - 1)).toEqual(['release', 'reward deleted', 'tier', 'expire', 'fold']);
    expect(await shop.wallet('ann')).toEqual(holding(0, 0, 'Gold'));
    expect(await shop.faults()).toEqual([]);
  });

  it('L59 L61 takes a tier that was not earned again, and none because points expired', async () => {
    const config = { periodMonths: 1, downgrade: 'one_down' as const, tiers: metals };
    const shop = await openProgramme(database, {
      rule: { expiry: theDay },
      tiers: { basis: 'period_points', ...config },
    });
    await shop.sell('ann', 50, '2026-06-01T12:00:00Z');
    await shop.run('2026-06-02T00:00:00Z');
    expect(await shop.wallet('ann')).toEqual(holding(0, 0, 'Gold'));
    await shop.run('2026-07-01T00:00:00Z');
    expect(await shop.wallet('ann')).toEqual(holding(0, 0, 'Gold'));
    await shop.run('2026-07-03T00:00:00Z');
    expect(await shop.wallet('ann')).toEqual(holding(0, 0, 'Bronze'));
  });
});

it('L38 a balance below zero is never made more negative', async () => {
  const shop = await openProgramme(database, { rule: { expiry: theDay, clawbackPolicy: 'allow_negative' } });
  await shop.sell('ann', 50, '2026-06-01T12:00:00Z', { id: 'sale' });
  await shop.spend('ann', 30, '2026-06-01T12:30:00Z');
  await shop.sell('ann', 50, '2026-06-01T12:00:00Z', { id: 'sale', refunded: 50 });
  expect(await shop.run('2026-06-02T00:00:00Z')).not.toHaveProperty('lotsExpired');
  expect(await shop.wallet('ann')).toEqual(holding(-30));
  await shop.sell('ann', 40, '2026-06-02T12:00:00Z');
  await shop.run('2026-06-03T00:00:00Z');
  expect(await shop.wallet('ann')).toEqual(holding(0));
  expect(await shop.faults()).toEqual([]);
});

it('S1-072 what a frozen wallet holds waits, pending, held or expired, and is made up for once it is unfrozen', async () => {
  const shop = await openProgramme(database, { rule: { pendingDays: 1, expiry: theDay } });
  for (const customer of ['ann', 'bob']) await shop.sell(customer, 50, '2026-06-01T12:00:00Z');
  await shop.run('2026-06-02T00:00:00Z');
  for (const customer of ['ann', 'bob']) {
    await shop.hold(customer, 20, '2026-06-02T12:00:00Z');
    await shop.sell(customer, 30, '2026-06-02T12:00:00Z');
  }
  await shop.freeze('ann', '2026-06-02T13:00:00Z');
  await expireHeld({ database: database.worker, orgId: shop.orgId }, at('2026-06-03T12:00:00Z'));
  await shop.run('2026-06-04T00:00:00Z');
  expect(await shop.wallets()).toEqual({ ann: holding(30, 30), bob: holding(0) });
  await shop.unfreeze('ann', '2026-06-04T12:00:00Z');
  expect(await shop.run('2026-06-05T00:00:00Z')).toMatchObject({ lotsActivated: 1, rewardsExpired: 1, lotsExpired: 2 });
  expect(await shop.wallets()).toEqual({ ann: holding(0), bob: holding(0) });
  expect(await shop.faults()).toEqual([]);
});

it('S1-072 nothing moves on a wallet after the moment it is frozen, though the job had begun', async () => {
  const shop = await openProgramme(database, { rule: { expiry: theDay } });
  await shop.sell('ann', 50, '2026-06-01T12:00:00Z');
  const walletId = await shop.walletOf('ann');
  const { run } = await shop.asApi(async (tx) => {
    await freezeWallet({ tx, actor: 'owner', now: at('2026-06-02T00:00:00Z') }, { walletId, reason: 'at midnight' });
    const running = shop.run('2026-06-02T00:00:00Z');
    await vi.waitFor(async () => {
      const { rows } = await database.superuser.query(
        `select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`,
        [database.name],
      );
      expect(rows).toHaveLength(1);
    });
    return { run: running };
  });
  expect(await run).not.toHaveProperty('lotsExpired');
  expect(await shop.wallet('ann')).toEqual(holding(50));
});

describe('expireHeld', () => {
  it('gives points back whose reward nobody used, but for those that expired meanwhile', async () => {
    const shop = await openProgramme(database, { rule: { expiry: theDay } });
    await shop.sell('ann', 50, '2026-06-01T12:00:00Z');
    await shop.hold('ann', 20, '2026-06-01T13:00:00Z');
    await shop.sell('ann', 10, '2026-06-02T12:00:00Z');
    await shop.hold('ann', 35, '2026-06-02T12:30:00Z');
    const expire = (time: string) => expireHeld({ database: database.worker, orgId: shop.orgId }, at(time));
    await expire('2026-06-02T12:59:59Z');
    expect(await shop.wallet('ann')).toEqual(holding(5));
    await expire('2026-06-02T13:00:00Z');
    expect(await shop.wallet('ann')).toEqual(holding(5));
    await expire('2026-06-02T13:00:00Z');
    expect(await shop.faults()).toEqual([]);
  });
});

describe('the house', () => {
  it('S1-117 keys of requests go once they are expired, and what was recorded is folded', async () => {
    const shop = await openProgramme(database);
    await shop.sell('ann', 50, '2026-06-01T12:00:00Z');
    for (const [key, expiresAt] of [
      ['old', '2026-06-02T00:00:00Z'],
      ['new', '2026-06-02T00:00:01Z'],
    ]) {
      await database.superuser.query(
        `insert into identity.idempotency_keys (org_id, key, operation, request_hash, response, expires_at) values ($1, $2, 'x', '', '', $3)`,
        [shop.orgId, key, expiresAt],
      );
    }
    expect(await shop.run('2026-06-02T00:00:00Z')).toEqual({ recordsFolded: 1, keysPurged: 1 });
    const left = await shop.asWorker((tx) =>
      tx.query(
        `select k.key, a.code, a.balance from identity.idempotency_keys k, ledger.accounts a
         where k.org_id = $1 and a.org_id = $1 and a.version > 0 and a.mode = 'recording'`,
        [tx.orgId],
      ),
    );
    expect(left).toEqual([{ key: 'new', code: 'liability:points', balance: -50 }]);
  });
});
