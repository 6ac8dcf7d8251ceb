import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { codeOf, refusal } from '../rule/business.fixture.ts';
import { after, day, noon, openTill, type Till } from './till.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const expiredAt = after(60);
/** A till whose rewards last an hour. */
const open = (points = 250) => openTill(database, points, { rewardMinutes: 60 });

describe('redeemReward', () => {
  it('spends the points for good', async () => {
    const till = await open();
    const issued = await till.issue();
    const sale = { provider: 'square' as const, providerTransactionId: 'pay-1' };
    const redeemed = await till.redeem(issued.id, after(5), { appliedAs: 'tender', sale });
    expect(redeemed).toEqual({
      ...issued,
      status: 'redeemed',
      appliedAs: 'tender',
      sale,
      resolvedBy: 'cashier',
      resolvedAt: after(5).toISOString(),
    });
    expect(await till.shows()).toEqual([150, 0]);
    expect(await till.spent()).toBe(100);
    expect(await till.faults()).toEqual([]);
  });

  it('is a debit of kind redeem in the ledger of the wallet, at its time', async () => {
    const till = await open();
    await till.redeem((await till.issue()).id, after(5));
    const ledger = await till.run((tx) =>
      tx.query(
        'select entry_type, kind, points, balance_after, effective_at from loyalty.wallet_ledger where org_id = $1 order by version',
        [tx.orgId],
      ),
    );
    expect(ledger).toEqual([
      { entry_type: 'credit', kind: 'adjust', points: 250, balance_after: 250, effective_at: noon },
      { entry_type: 'debit', kind: 'redeem', points: 100, balance_after: 150, effective_at: after(5) },
    ]);
  });

  it('lowers the amount of the sale unless the till says that it paid a part', async () => {
    const till = await open();
    expect(await till.redeem((await till.issue()).id)).toMatchObject({ appliedAs: 'discount', sale: null });
  });

  it.each([
    ['a payment with no id', { sale: { provider: 'square', providerTransactionId: '' } }],
    ['a provider nobody knows', { sale: { provider: 'stripe', providerTransactionId: 'pay-1' } }],
    ['another way to apply it', { appliedAs: 'gift' }],
  ])('refuses %s and leaves the reward issued', async (_what, use) => {
    const till = await open();
    const { id } = await till.issue();
    expect(await refusal(till.redeem(id, noon, use as Parameters<Till['redeem']>[2]))).toBe('validation_failed');
    expect(await till.shows()).toEqual([150, 100]);
  });

  it('spends points that expired while they were held', async () => {
    const till = await open(0);
    await till.give(100, after(30));
    const { id } = await till.issue();
    expect(await till.redeem(id, after(59))).toMatchObject({ status: 'redeemed' });
    expect(await till.lots()).toEqual([]);
    expect(await till.faults()).toEqual([]);
  });
});

describe('deleteReward', () => {
  it('L52 gives the points back', async () => {
    const till = await open();
    const issued = await till.issue();
    expect(await till.remove(issued.id, after(5))).toEqual({
      ...issued,
      status: 'deleted',
      deletedBecause: 'asked',
      resolvedBy: 'cashier',
      resolvedAt: after(5).toISOString(),
    });
    expect(await till.shows()).toEqual([250, 0]);
    expect(await till.faults()).toEqual([]);
  });

  it.each<[string, (till: Till, id: string) => Promise<unknown>]>([
    ['deleted', (till, id) => till.remove(id)],
    ['redeemed too late', (till, id) => till.redeem(id, expiredAt)],
    ['expired', (till) => till.expire(expiredAt)],
  ])('L47 points of a reward that was %s are back with the expiry they had', async (_how, end) => {
    const till = await open(0);
    for (const [points, expiresAt] of [
      [70, after(30)],
      [60, day('2027-01-01')],
      [50, null],
    ] as const) {
      await till.give(points, expiresAt);
    }
    const before = await till.lots();
    const { id } = await till.issue({ points: 150 });
    expect(await till.lots()).toEqual([{ remaining: 30, expiresAt: null }]);
    await end(till, id);
    expect(await till.lots()).toEqual(before);
    expect(await till.faults()).toEqual([]);
  });

  it('L47 what was taken from a lot twice comes back as much as was held', async () => {
    const till = await open(0);
    await till.give(100, day('2027-01-01'));
    const [first, second] = [await till.issue({ points: 40 }), await till.issue({ points: 30 })];
    await till.redeem(second.id);
    await till.remove(first.id);
    expect(await till.lots()).toEqual([{ remaining: 70, expiresAt: day('2027-01-01') }]);
    expect(await till.faults()).toEqual([]);
  });
});

/** Rewards in each state, and what each verb answers: the state it leads to, or the code it is refused with. */
const ways: Readonly<
  Record<string, { reach: (till: Till, id: string) => Promise<unknown>; redeem: string; delete: string }>
> = {
  issued: { reach: async () => undefined, redeem: 'redeemed', delete: 'deleted asked' },
  redeemed: { reach: (till, id) => till.redeem(id), redeem: 'reward_not_issued', delete: 'reward_not_issued' },
  deleted: { reach: (till, id) => till.remove(id), redeem: 'reward_not_issued', delete: 'reward_not_issued' },
  'expired by the job': {
    reach: (till) => till.expire(expiredAt),
    redeem: 'deleted expired',
    delete: 'deleted expired',
  },
  'expired, found so': {
    reach: (till, id) => till.remove(id, expiredAt),
    redeem: 'deleted expired',
    delete: 'deleted expired',
  },
  'of a frozen wallet': {
    reach: (till) => till.setWallet(`status = 'frozen'`),
    redeem: 'wallet_frozen',
    delete: 'wallet_frozen',
  },
};
const verbs = ['redeem', 'delete'] as const;

describe('L53 a reward', () => {
  it.each(Object.keys(ways).flatMap((state) => verbs.map((verb) => ({ state, verb, expected: ways[state]?.[verb] }))))(
    'that is $state: $verb answers $expected',
    async ({ state, verb, expected }) => {
      const till = await open();
      const { id } = await till.issue();
      await ways[state]?.reach(till, id);
      const [before, spentBefore] = [await till.shows(), await till.spent()];
      const ask = verb === 'redeem' ? till.redeem(id, after(1)) : till.remove(id, after(1));
      const answer = await ask.then(
        ({ status, deletedBecause }) => [status, deletedBecause].filter(Boolean).join(' '),
        codeOf,
      );
      expect(answer).toBe(expected);
      if (state !== 'issued') expect([await till.shows(), await till.spent()]).toEqual([before, spentBefore]);
      expect(await till.faults()).toEqual([]);
    },
  );

  it.each(['redeemed', 'deleted'])('that is %s is kept so by the database, whoever writes', async (state) => {
    const till = await open();
    const { id } = await till.issue();
    await ways[state]?.reach(till, id);
    for (const change of [
      `update loyalty.rewards set status = 'issued', resolved_at = null where org_id = $1`,
      `update loyalty.rewards set points = 1 where org_id = $1`,
      'delete from loyalty.rewards where org_id = $1',
    ]) {
      await expect(database.superuser.query(change, [till.orgId])).rejects.toMatchObject({ code: 'LB004' });
    }
  });

  it.each(verbs)('that is not there: %s answers not_found, and so does an id of another kind', async (verb) => {
    const till = await open();
    for (const id of [showId('reward', crypto.randomUUID()), till.walletId, 'x']) {
      expect(await refusal(verb === 'redeem' ? till.redeem(id) : till.remove(id))).toBe('not_found');
    }
  });

  it('of a wallet that was frozen and is no longer can be redeemed', async () => {
    const till = await open();
    const { id } = await till.issue();
    await till.setWallet(`status = 'frozen'`);
    expect(await refusal(till.redeem(id))).toBe('wallet_frozen');
    await till.setWallet(`status = 'active'`);
    expect(await refusal(till.redeem(id))).toBe('accepted');
  });
});

describe('a reward lasts until its time', () => {
  it('and not a millisecond longer', async () => {
    const till = await open();
    const [good, late] = [await till.issue(), await till.issue()];
    expect(await till.redeem(good.id, new Date(expiredAt.getTime() - 1))).toMatchObject({ status: 'redeemed' });
    expect(await till.redeem(late.id, expiredAt)).toMatchObject({
      status: 'deleted',
      deletedBecause: 'expired',
      resolvedBy: null,
      resolvedAt: expiredAt.toISOString(),
    });
    // Committed: the points are there to be spent.
    expect(await till.shows()).toEqual([150, 0]);
    expect(await till.faults()).toEqual([]);
  });
});

describe('of two who end one reward at once', () => {
  it.each<[string, (till: Till, id: string) => Promise<unknown>, (till: Till, id: string) => Promise<unknown>]>([
    ['redeeming and deleting', (till, id) => till.redeem(id), (till, id) => till.remove(id)],
    ['redeeming twice', (till, id) => till.redeem(id), (till, id) => till.redeem(id)],
    ['deleting twice', (till, id) => till.remove(id), (till, id) => till.remove(id)],
  ])('%s, one wins', async (_what, one, other) => {
    const till = await open(1000);
    for (let round = 0; round < 10; round += 1) {
      const { id } = await till.issue();
      const answers = await Promise.all([refusal(one(till, id)), refusal(other(till, id))]);
      expect(answers.sort()).toEqual(['accepted', 'reward_not_issued']);
    }
    const [balance, held] = await till.shows();
    expect([balance + (await till.spent()), held]).toEqual([1000, 0]);
    expect(await till.faults()).toEqual([]);
  });
});
