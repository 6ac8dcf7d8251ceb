import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../rule/business.fixture.ts';
import { listEntries } from '../wallet/list-entries.ts';
import { listAdjustments } from './list-adjustments.ts';
import { after, noon, type Office, openOffice } from './office.fixture.ts';

describe('adjustWallet', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** An office whose customer ann has 30 points. */
  async function open(): Promise<Office> {
    const office = await openOffice(database);
    await office.sell('ann', { amountMinor: 3000 });
    return office;
  }
  const adjustments = async (office: Office) =>
    (await listAdjustments(office.context, { walletId: await office.walletOf('ann'), limit: 100 })).map(
      ({ item }) => item,
    );

  it('L46 refuses to take 50 of 30 points, and nothing is left of the attempt', async () => {
    const office = await open();
    expect(await refusal(office.adjust('ann', { points: -50 }))).toBe('not_enough_points');
    expect(await office.balance('ann')).toBe(30);
    expect([await adjustments(office), await office.audit('ann')]).toEqual([[], []]);
  });

  it('L46 takes them where a negative balance is allowed: -20', async () => {
    const office = await open();
    expect(await office.adjust('ann', { points: -50, allowNegative: true })).toMatchObject({ balanceAfter: -20 });
    expect(await office.balance('ann')).toBe(-20);
    expect(await office.faults()).toEqual([]);
  });

  it('takes all there is without being allowed more', async () => {
    const office = await open();
    expect(await refusal(office.adjust('ann', { points: -31 }))).toBe('not_enough_points');
    expect(await office.adjust('ann', { points: -30 })).toMatchObject({ balanceAfter: 0 });
    expect(await office.faults()).toEqual([]);
  });

  it('may credit a balance that stays negative', async () => {
    const office = await open();
    await office.adjust('ann', { points: -50, allowNegative: true });
    expect(await office.adjust('ann', { points: 5 })).toMatchObject({ balanceAfter: -15 });
    expect(await refusal(office.adjust('ann', { points: -1 }))).toBe('not_enough_points');
    expect(await office.faults()).toEqual([]);
  });

  it('S1-085 shows in the ledger with its reason and who did it, beside what came before', async () => {
    const office = await open();
    const made = await office.adjust('ann', { points: 12, reason: '  for the wait  ' });
    expect(made).toMatchObject({ points: 12, balanceAfter: 42, reason: 'for the wait', actor: 'ann the admin' });
    const rows = await office.run((tx) =>
      tx.query(
        `select entry_type, points, kind, balance_after, description, created_by_admin from loyalty.wallet_ledger
         where org_id = $1 order by version`,
        [tx.orgId],
      ),
    );
    expect(rows).toEqual([
      { entry_type: 'credit', points: 30, kind: 'earn', balance_after: 30, description: null, created_by_admin: null },
      {
        entry_type: 'credit',
        points: 12,
        kind: 'adjust',
        balance_after: 42,
        description: 'for the wait',
        created_by_admin: 'ann the admin',
      },
    ]);
    const entries = await listEntries(office.context, { walletId: await office.walletOf('ann'), limit: 10 });
    expect(entries.map(({ item }) => [item.kind, item.description])).toEqual([
      ['adjust', 'for the wait'],
      ['earn', null],
    ]);
  });

  it('is recorded with what was before and after', async () => {
    const office = await open();
    await office.adjust('ann', { points: -5, reason: 'a slip' });
    expect(await office.audit('ann')).toMatchObject([
      {
        action: 'wallet.adjust',
        actor: 'ann the admin',
        reason: 'a slip',
        before: { balance: 30 },
        after: { balance: 25 },
      },
    ]);
  });

  it('lists adjustments, the newest first, each once over the pages', async () => {
    const office = await open();
    for (const points of [1, 2, -3, 4]) await office.adjust('ann', { points });
    const walletId = await office.walletOf('ann');
    const first = await listAdjustments(office.context, { walletId, limit: 3 });
    const rest = await listAdjustments(office.context, { walletId, limit: 3, after: first.at(-1)?.position ?? '' });
    expect([...first, ...rest].map(({ item }) => [item.points, item.balanceAfter])).toEqual([
      [4, 34],
      [-3, 30],
      [2, 33],
      [1, 31],
    ]);
  });

  it('gives points an end, which is a lot of their own', async () => {
    const office = await open();
    await office.adjust('ann', { points: 7, expiresAt: after(60).toISOString() });
    const lots = await office.run((tx) =>
      tx.query('select remaining, expires_at from ledger.lots where org_id = $1 order by expires_at nulls first', [
        tx.orgId,
      ]),
    );
    expect(lots).toEqual([
      { remaining: 30, expires_at: null },
      { remaining: 7, expires_at: after(60) },
    ]);
  });

  it.each([
    ['0 points', { points: 0 }, 'points'],
    ['half a point', { points: 0.5 }, 'points'],
    ['more points than a sum of them could hold', { points: 1_000_000_001 }, 'points'],
    ['no reason', { reason: '' }, 'reason'],
    ['a blank reason', { reason: ' \t ' }, 'reason'],
    ['a reason of 501 characters', { reason: 'x'.repeat(501) }, 'reason'],
    ['an end of points that are taken', { points: -1, expiresAt: after(1).toISOString() }, 'expiresAt'],
    ['an end that has passed', { points: 1, expiresAt: noon.toISOString() }, 'expiresAt'],
  ])('refuses %s', async (_what, wanted, path) => {
    const office = await open();
    const refused = office.adjust('ann', wanted);
    await expect(refused).rejects.toMatchObject({ code: 'validation_failed', issues: [{ path }] });
  });

  it('S1-072 works on a frozen wallet', async () => {
    const office = await open();
    await office.freeze('ann');
    await office.adjust('ann', { points: 5 });
    await office.adjust('ann', { points: -35 });
    expect(await office.balance('ann')).toBe(0);
  });

  it('refuses a wallet that was merged: its points are in another', async () => {
    const office = await open();
    await office.sell('bob', { externalId: 'pay-2' });
    const [bob] = await office.run((tx) =>
      tx.query<{ id: string }>('select id from loyalty.wallets where org_id = $1 order by id desc limit 1', [tx.orgId]),
    );
    await office.setWallet('ann', `status = 'frozen', merged_into = '${bob?.id}'`);
    expect(await refusal(office.adjust('ann'))).toBe('conflict');
  });

  it('of points that a reward holds takes none, unless a negative balance is allowed', async () => {
    const office = await open();
    await office.hold('ann', 20);
    expect(await refusal(office.adjust('ann', { points: -11 }))).toBe('not_enough_points');
    expect(await office.adjust('ann', { points: -11, allowNegative: true })).toMatchObject({ balanceAfter: 19 });
    expect(await office.wallet('ann')).toMatchObject({ balance: -1, held: 20 });
    expect(await office.faults()).toEqual([]);
  });

  it('with a key that was used posts nothing more', async () => {
    const office = await open();
    await office.adjust('ann', { points: 5, key: 'once' });
    expect(await refusal(office.adjust('ann', { points: 6, key: 'once' }))).toBe('idempotency_key_reused');
    expect(await office.balance('ann')).toBe(35);
  });

  it('twenty at once on points for three are three', async () => {
    const office = await open();
    const outcomes = await Promise.all(
      Array.from({ length: 20 }, () => refusal(office.adjust('ann', { points: -10 }))),
    );
    expect(outcomes.filter((outcome) => outcome === 'accepted')).toHaveLength(3);
    expect(outcomes.filter((outcome) => outcome === 'not_enough_points')).toHaveLength(17);
    expect([await office.balance('ann'), await office.faults()]).toEqual([0, []]);
    expect((await adjustments(office)).map(({ balanceAfter }) => balanceAfter)).toEqual([0, 10, 20]);
  });

  it('names nothing of another organization', async () => {
    const [ours, theirs] = [await open(), await open()];
    const walletId = await theirs.walletOf('ann');
    const adjust = ours.adjust('ann', { walletId });
    expect(await refusal(adjust)).toBe('not_found');
    expect(await refusal(ours.adjust('ann', { walletId: showId('wallet', crypto.randomUUID()) }))).toBe('not_found');
    expect(await refusal(listAdjustments(ours.context, { walletId, limit: 1 }))).toBe('not_found');
  });
});
