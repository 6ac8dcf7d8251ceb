import { randomUUID } from 'node:crypto';
import { readId } from '@tributary/core/ids';
import { releaseLots } from '@tributary/ledger/lots';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { adjustWallet } from '../adjust/adjust-wallet.ts';
import { freezeWallet } from '../freeze/freeze-wallet.ts';
import { deleteReward } from '../redeem/delete-reward.ts';
import { issueReward } from '../redeem/issue-reward.ts';
import { configureTiers } from '../tier/configure-tiers.ts';
import { listTransactions } from '../transaction/list-transactions.ts';
import type { CustomerDetail } from './customer-detail.ts';
import { daysLater, noon, openShop, refusal, type Shop } from './shop.fixture.ts';

describe('mergeCustomers', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  /** A shop where Ann and Bob bought for $50 each, Ann first. */
  async function annAndBob(config: Parameters<typeof openShop>[1] = {}) {
    const shop = await openShop(database, config);
    await shop.sell('of ann', 'ANN');
    await shop.sell('of bob', 'BOB', { takenAt: daysLater(3) });
    return { shop, ann: await shop.bySquare('ANN'), bob: await shop.bySquare('BOB') };
  }
  const rows = async (shop: Shop, query: string, ...values: unknown[]) =>
    (await database.superuser.query(query, [shop.orgId, ...values])).rows;
  const lots = (shop: Shop, { wallet }: CustomerDetail) =>
    rows(
      shop,
      `select l.remaining::int, l.expires_at::text, t.provider_transaction_id as origin from ledger.lots l
       join loyalty.wallets w on l.account_id in (w.account_id, w.pending_account_id)
       left join loyalty.transactions t on t.id = l.origin
       where w.org_id = $1 and w.id = $2 and l.remaining > 0 order by l.expires_at, l.id`,
      readId('wallet', wallet.id),
    );
  const adjust = (shop: Shop, { wallet }: CustomerDetail, points: number) =>
    shop.run((tx) =>
      adjustWallet(
        { tx, actor: 'owner', now: noon, key: randomUUID() },
        { walletId: wallet.id, points, reason: 'test', allowNegative: true },
      ),
    );

  it('L63 moves all points with the dates and origins they have, and leaves a frozen empty wallet that points on', async () => {
    const { shop, ann, bob } = await annAndBob({ expiry: { months: 1, roundUp: 'day' } });
    const before = [...(await lots(shop, bob)), ...(await lots(shop, ann))];
    const merged = await shop.merge(ann, bob);
    expect(merged).toMatchObject({ id: bob.id, wallet: { id: bob.wallet.id, status: 'active', balance: 100 } });
    expect(before.map(({ origin }) => origin)).toEqual(['of bob', 'of ann']);
    expect(new Set(await lots(shop, bob))).toEqual(new Set(before));
    expect(await lots(shop, ann)).toEqual([]);
    const [left] = await rows(
      shop,
      `select w.status, w.merged_into, a.balance::int from loyalty.wallets w join ledger.accounts a on a.id = w.account_id
       where w.org_id = $1 and w.id = $2`,
      readId('wallet', ann.wallet.id),
    );
    expect(left).toEqual({ status: 'frozen', merged_into: readId('wallet', bob.wallet.id), balance: 0 });
    expect(await shop.faults()).toEqual([]);
  });

  it('L63 once is as good as often: the same answer, and nothing moves or is recorded again', async () => {
    const { shop, ann, bob } = await annAndBob();
    const first = await shop.merge(ann, bob);
    const moved = () =>
      rows(
        shop,
        `select (select count(*)::int from ledger.entries where org_id = $1) as entries,
           (select count(*)::int from audit.records where org_id = $1 and action = 'customer.merge') as records`,
      );
    const before = await moved();
    expect(before).toMatchObject([{ records: 1 }]);
    expect(await shop.merge(ann, bob, daysLater(1))).toEqual(first);
    expect(await moved()).toEqual(before);
  });

  it('S1-123 is recorded with who did it, why and what there was', async () => {
    const { shop, ann, bob } = await annAndBob();
    await shop.merge(ann, bob);
    expect(
      await rows(
        shop,
        `select actor, target_type, target_id, reason, before, after from audit.records where org_id = $1 and action = 'customer.merge'`,
      ),
    ).toEqual([
      {
        actor: 'owner',
        target_type: 'customer',
        target_id: readId('customer', ann.id),
        reason: 'the same person',
        before: { mergedInto: null, balance: 50, pending: 0 },
        after: { mergedInto: bob.id, balance: 0, pending: 0 },
      },
    ]);
  });

  it('all names find the one customer then, by either id', async () => {
    const { shop, ann, bob } = await annAndBob();
    const merged = await shop.merge(ann, bob);
    expect(merged.identities.map(({ value }) => value)).toEqual(['ANN', 'BOB']);
    for (const seen of [await shop.bySquare('ANN'), await shop.show(ann.id), await shop.show(bob.id)]) {
      expect(seen).toEqual(merged);
    }
    expect((await shop.register({ external: { provider: 'square', value: 'ANN' }, email: 'a@example.com' })).id).toBe(
      bob.id,
    );
  });

  it('S1-057 the sales of both are those of the one, whichever id is asked for', async () => {
    const { shop, ann, bob } = await annAndBob();
    await shop.register({ email: 'ann@example.com', external: { provider: 'square', value: 'ANN' } });
    await shop.apply(shop.payment('by mail', { customer: { email: 'ann@example.com' }, takenAt: daysLater(1) }));
    await shop.merge(ann, bob);
    for (const { id } of [ann, bob]) {
      const found = await listTransactions(shop.context, { customerId: id, limit: 10 });
      expect(found.map(({ item }) => [item.providerTransactionId, item.customer?.id])).toEqual([
        ['of bob', bob.id],
        ['by mail', bob.id],
        ['of ann', bob.id],
      ]);
    }
  });

  it('L63 L43 a refund of an old sale is taken from where its points went, and a new sale earns there', async () => {
    const { shop, ann, bob } = await annAndBob();
    await shop.merge(ann, bob);
    await shop.apply(shop.refund('of ann', 2500));
    expect((await shop.show(bob.id)).wallet.balance).toBe(75);
    await shop.sell('new', 'ANN');
    expect((await shop.show(bob.id)).wallet.balance).toBe(125);
    expect(await lots(shop, ann)).toEqual([]);
    expect(await shop.faults()).toEqual([]);
  });

  it('L34 L63 points that wait go on waiting in the other wallet, and can be spent there when it is time', async () => {
    const { shop, ann } = await annAndBob({ pendingDays: 7, expiry: { months: 1, roundUp: 'day' } });
    const cleo = await shop.register({ email: 'cleo@example.com' });
    const dates = await lots(shop, ann);
    const merged = await shop.merge(ann, cleo);
    expect(merged.wallet).toMatchObject({ balance: 0, pending: 50 });
    expect(await lots(shop, merged)).toEqual(dates);
    await shop.run((tx) => releaseLots(tx, { at: daysLater(9), limit: 100 }), 'worker');
    expect((await shop.show(cleo.id)).wallet).toMatchObject({ balance: 50, pending: 0 });
    expect(await lots(shop, merged)).toEqual(dates);
    expect(await shop.faults()).toEqual([]);
  });

  it('L63 a sale that waits is refunded from where it waits', async () => {
    const { shop, ann, bob } = await annAndBob({ pendingDays: 7 });
    await shop.merge(ann, bob);
    await shop.apply(shop.refund('of ann', 5000));
    expect((await shop.show(bob.id)).wallet).toMatchObject({ balance: 0, pending: 50 });
    expect((await lots(shop, bob)).map(({ origin }) => origin)).toEqual(['of bob']);
  });

  it.each([
    ['a debt moves as points do', -80, 10, 30],
    ['a debt is paid by what comes', 10, -80, 30],
    ['more debt than points stays a debt', -80, -60, -40],
    ['nothing moves when there is nothing', -50, 10, 60],
  ])('L63 %s', async (_what, toAnn, toBob, together) => {
    const { shop, ann, bob } = await annAndBob();
    await adjust(shop, ann, toAnn);
    await adjust(shop, bob, toBob);
    expect((await shop.merge(ann, bob)).wallet.balance).toBe(together);
    const left = (await lots(shop, bob)).reduce((sum, { remaining }) => sum + remaining, 0);
    expect(left).toBe(Math.max(together, 0));
    expect(await shop.faults()).toEqual([]);
  });

  it('whoever was merged into the one follows to the next: no pointer leads to a pointer', async () => {
    const { shop, ann, bob } = await annAndBob();
    await shop.sell('of cleo', 'CLEO');
    const cleo = await shop.bySquare('CLEO');
    await shop.merge(ann, bob);
    const merged = await shop.merge(bob, cleo);
    expect(merged.wallet.balance).toBe(150);
    expect(await shop.show(ann.id)).toEqual(merged);
    expect(await shop.merge(ann, cleo)).toEqual(merged);
    expect(
      await rows(
        shop,
        `select c.merged_into as customer, w.merged_into as wallet from loyalty.customers c
         join loyalty.wallets w on w.customer_id = c.id where c.org_id = $1 and c.merged_into is not null`,
      ),
    ).toEqual(Array(2).fill({ customer: readId('customer', cleo.id), wallet: readId('wallet', cleo.wallet.id) }));
    await shop.apply(shop.refund('of ann', 5000));
    expect((await shop.show(cleo.id)).wallet.balance).toBe(100);
  });

  it('refuses a customer with itself, and who is not there', async () => {
    const { shop, ann } = await annAndBob();
    const { shop: others, ann: stranger } = await annAndBob();
    expect(await refusal(shop.merge(ann, ann))).toEqual(['validation_failed', 'into']);
    expect(await refusal(shop.merge(ann, stranger))).toEqual(['not_found']);
    expect(await refusal(shop.merge(stranger, ann))).toEqual(['not_found']);
    expect((await others.show(stranger.id)).wallet.status).toBe('active');
  });

  it('refuses who was merged into somebody else, on either side', async () => {
    const { shop, ann, bob } = await annAndBob();
    const cleo = await shop.register({ email: 'cleo@example.com' });
    await shop.merge(ann, bob);
    expect(await refusal(shop.merge(ann, cleo))).toEqual(['conflict']);
    expect(await refusal(shop.merge(cleo, ann))).toEqual(['conflict']);
    expect(await refusal(shop.merge(bob, ann))).toEqual(['conflict']);
  });

  it.each([0, 1])('S1-072 refuses a wallet that is frozen, on either side: %i', async (side) => {
    const { shop, ann, bob } = await annAndBob();
    const { wallet } = side === 0 ? ann : bob;
    const why = { walletId: wallet.id, reason: 'lost card' };
    await shop.run((tx) => freezeWallet({ tx, actor: 'owner', now: noon }, why));
    expect(await refusal(shop.merge(ann, bob))).toEqual(['wallet_frozen']);
    expect((await shop.show(ann.id)).wallet.balance).toBe(50);
  });

  it('refuses while a reward holds points that would move, and not while one holds those of the other', async () => {
    const { shop, ann, bob } = await annAndBob();
    const issue = ({ wallet }: CustomerDetail) =>
      shop.run((tx) =>
        issueReward(
          { tx, actor: 'till', now: noon, key: randomUUID() },
          { walletId: wallet.id, points: 20, basketMinor: 1000, currency: 'USD' },
        ),
      );
    const { id } = await issue(ann);
    await issue(bob);
    expect(await refusal(shop.merge(ann, bob))).toEqual(['rewards_open']);
    await shop.run((tx) => deleteReward({ tx, actor: 'till', now: noon }, { rewardId: id }));
    expect((await shop.merge(ann, bob)).wallet).toMatchObject({ balance: 80, held: 20 });
    expect(await shop.faults()).toEqual([]);
  });

  it('L59 the customer that stays has the tier that both together reached', async () => {
    const { shop, ann, bob } = await annAndBob();
    const tiers = [
      { name: 'Bronze', threshold: 0 },
      { name: 'Silver', threshold: 100 },
    ];
    const config = { basis: 'lifetime_points', periodMonths: null, tiers, downgrade: 'balance_based' } as const;
    await shop.run((tx) => configureTiers({ tx, actor: 'owner' }, { config }));
    expect((await shop.merge(ann, bob)).wallet.tier).toBe('Silver');
  });
});
