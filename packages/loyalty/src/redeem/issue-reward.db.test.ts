import { showId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { refusal } from '../rule/business.fixture.ts';
import { getReward } from './get-reward.ts';
import { issueReward } from './issue-reward.ts';
import { after, day, noon, openTill } from './till.fixture.ts';

const aWallet = () => showId('wallet', crypto.randomUUID());

describe('issueReward', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('L50 a reward of 100 points on a balance of 250 is issued and leaves 150 to spend', async () => {
    const till = await openTill(database, 250, { rewardMinutes: 30 });
    const reward = await till.issue({ points: 100, basketMinor: 2500 });
    expect(reward).toEqual({
      id: expect.stringMatching(/^rwd_/),
      walletId: till.walletId,
      ruleId: expect.stringMatching(/^rul_/),
      status: 'issued',
      points: 100,
      valueMinor: 100,
      basketMinor: 2500,
      currency: 'USD',
      deletedBecause: null,
      appliedAs: null,
      sale: null,
      issuedBy: 'till',
      issuedAt: noon.toISOString(),
      expiresAt: after(30).toISOString(),
      resolvedBy: null,
      resolvedAt: null,
    });
    const context = { database: database.api, orgId: till.orgId };
    expect(await getReward(context, { rewardId: reward.id })).toEqual(reward);
    expect(await till.shows()).toEqual([150, 100]);
    expect(await till.spent()).toBe(0);
    expect(await till.faults()).toEqual([]);
  });

  it.each<[string, Parameters<typeof openTill>[1], Parameters<typeof openTill>[2], object, string]>([
    ['L55 500 points of half a basket of $10', 1000, { maxRedemptionPercentage: 50 }, { points: 500 }, 'accepted'],
    ['L55 501 points of half of it', 1000, { maxRedemptionPercentage: 50 }, { points: 501 }, 'exceeds_basket_share'],
    ['S1-100 any points of none of it', 1000, { maxRedemptionPercentage: 0 }, { points: 1 }, 'exceeds_basket_share'],
    ['L56 more points than there are', 250, {}, { points: 251 }, 'not_enough_points'],
    ['points that are worth nothing', 250, { pointValueMinorUnits: 0.5 }, { points: 1 }, 'not_enough_points'],
    ['S1-099 with a point too few to redeem', 99, { minBalanceToRedeem: 100 }, { points: 1 }, 'below_minimum_balance'],
    ['S1-099 with just enough to redeem', 100, { minBalanceToRedeem: 100 }, { points: 1 }, 'accepted'],
    ['a basket in another currency', 250, {}, { currency: 'EUR' }, 'currency_mismatch'],
    ['more than a day may bring', 250, { limits: { pointsRedeemedPerDay: 99 } }, {}, 'limit_reached'],
    ['no points', 250, {}, { points: 0 }, 'validation_failed'],
    ['a part of a point', 250, {}, { points: 0.5 }, 'validation_failed'],
    ['a basket of nothing', 250, {}, { basketMinor: 0 }, 'validation_failed'],
    ['a wallet that is not there', 250, {}, { walletId: aWallet() }, 'not_found'],
    ['a wallet by no id', 250, {}, { walletId: 'ann' }, 'not_found'],
  ])('%s', async (_case, points, config, wanted, expected) => {
    const till = await openTill(database, points, config);
    expect(await refusal(till.issue(wanted))).toBe(expected);
    const { length } = await till.run((tx) => tx.query('select from loyalty.rewards where org_id = $1', [tx.orgId]));
    expect(length).toBe(expected === 'accepted' ? 1 : 0);
  });

  it('L56 points that another reward holds are not there', async () => {
    const till = await openTill(database, 250);
    await till.issue({ points: 200 });
    expect(await refusal(till.issue({ points: 51 }))).toBe('not_enough_points');
    expect(await refusal(till.issue({ points: 50 }))).toBe('accepted');
  });

  it('S1-072 no points of a frozen wallet, and none of one that was merged', async () => {
    const till = await openTill(database, 250);
    const first = till.walletId;
    await till.setWallet(`status = 'frozen'`);
    expect(await refusal(till.issue())).toBe('wallet_frozen');
    await till.addWallet();
    const into = await till.run((tx) =>
      tx.query<{ id: string }>('select id from loyalty.wallets where org_id = $1 order by id desc limit 1', [tx.orgId]),
    );
    till.walletId = first;
    await till.setWallet(`merged_into = '${into[0]?.id}'`);
    expect(await refusal(till.issue())).toBe('conflict');
    expect(await till.shows()).toEqual([250, 0]);
  });

  it('the rule in force now decides, not the one that will be', async () => {
    const till = await openTill(database, 250);
    const later = await till.addRule({ pointValueMinorUnits: 2 }, after(10));
    expect((await till.issue({ points: 100 }, after(9))).valueMinor).toBe(100);
    expect(await till.issue({ points: 100 }, after(10))).toMatchObject({ valueMinor: 200, ruleId: later.id });
    expect(await refusal(till.issue({}, day('2025-12-31')))).toBe('no_rule_in_force');
  });

  it('the wallet of another organization is one that is not there', async () => {
    const till = await openTill(database, 250);
    const orgId = await createOrganization(database);
    const theirs = withTenant({ database: database.api, orgId }, (tx) =>
      issueReward(
        { tx, actor: 'till', now: noon, key: 'k' },
        { walletId: till.walletId, points: 1, basketMinor: 1, currency: 'USD' },
      ),
    );
    expect(await refusal(theirs)).toBe('not_found');
  });

  it('of 20 rewards issued at once on points for 3, exactly 3 are', async () => {
    const till = await openTill(database, 350);
    const answers = await Promise.all(Array.from({ length: 20 }, () => refusal(till.issue())));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(3);
    expect(answers.filter((answer) => answer === 'not_enough_points')).toHaveLength(17);
    expect(await till.shows()).toEqual([50, 300]);
    expect(await till.faults()).toEqual([]);
  });

  it('of 20 rewards issued at once within a limit of 3 a day, exactly 3 are', async () => {
    const till = await openTill(database, 10_000, { limits: { redemptionsPerDay: 3 } });
    const answers = await Promise.all(Array.from({ length: 20 }, () => refusal(till.issue())));
    expect(answers.filter((answer) => answer === 'accepted')).toHaveLength(3);
    expect(answers.filter((answer) => answer === 'limit_reached')).toHaveLength(17);
  });

  it('asked again with the same key, points are held once, whatever happened meanwhile', async () => {
    const till = await openTill(database, 250);
    const issued = await till.issue({ key: 'k' });
    expect(await till.issue({ key: 'k' }, after(5))).toEqual(issued);
    const redeemed = await till.redeem(issued.id);
    expect(await till.issue({ key: 'k' }, after(10))).toEqual(redeemed);
    expect(await till.shows()).toEqual([150, 0]);
    await till.setWallet(`status = 'frozen'`);
    expect(await till.issue({ key: 'k' }, after(15))).toEqual(redeemed);
  });

  it('asked 10 times at once with the same key, it is one reward', async () => {
    const till = await openTill(database, 2500);
    const answers = await Promise.all(Array.from({ length: 10 }, () => till.issue({ key: 'k' })));
    expect(new Set(answers.map(({ id }) => id)).size).toBe(1);
    expect(await till.shows()).toEqual([2400, 100]);
  });

  it.each([{ points: 101 }, { basketMinor: 1001 }, { currency: 'EUR' }])(
    'the same key with %o is refused',
    async (change) => {
      const till = await openTill(database, 250);
      await till.issue({ key: 'k' });
      expect(await refusal(till.issue({ key: 'k', ...change }))).toBe('idempotency_key_reused');
    },
  );

  it('the same key for two wallets at once is one reward', async () => {
    const till = await openTill(database, 250);
    const first = till.walletId;
    await till.addWallet();
    await till.give(250);
    const answers = await Promise.all(
      [first, till.walletId].map((walletId) => refusal(till.issue({ key: 'k', walletId }))),
    );
    expect(answers.sort()).toEqual(['accepted', 'idempotency_key_reused']);
    expect(await till.faults()).toEqual([]);
  });
});
