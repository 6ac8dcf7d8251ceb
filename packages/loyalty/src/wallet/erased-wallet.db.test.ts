import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { adjustWallet } from '../adjust/adjust-wallet.ts';
import { eraseCustomer } from '../customer/erase-customer.ts';
import { noon, openShop, refusal, type Shop } from '../customer/shop.fixture.ts';
import { issueReward } from '../redeem/issue-reward.ts';

describe('a wallet whose customer is being erased', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const asks: [what: string, ask: (shop: Shop, walletId: string) => Promise<unknown>][] = [
    [
      'adjusted',
      (shop, walletId) =>
        shop.run((tx) =>
          adjustWallet({ tx, actor: 'owner', now: noon, key: 'k' }, { walletId, points: 5, reason: 'waited' }),
        ),
    ],
    [
      'charged with a reward',
      (shop, walletId) =>
        shop.run((tx) =>
          issueReward(
            { tx, actor: 'till', now: new Date(), key: 'r' },
            { walletId, points: 5, basketMinor: 1000, currency: 'USD' },
          ),
        ),
    ],
  ];

  it.each(asks)('is not %s by who asked before it was committed', async (_what, ask) => {
    const shop = await openShop(database);
    await shop.sell('of ann', 'ANN');
    const { id, wallet } = await shop.bySquare('ANN');
    const { promise: committed, resolve: commit } = Promise.withResolvers<void>();
    const { promise: erased, resolve: markErased } = Promise.withResolvers<void>();
    const erasing = shop.run(async (tx) => {
      await eraseCustomer({ tx, actor: 'owner', now: noon }, { customerId: id, reason: 'asked for it' });
      markErased();
      await committed;
    });
    await erased;
    const asking = refusal(ask(shop, wallet.id));
    while (!(await someoneWaits())) await new Promise(setImmediate);
    commit();
    await erasing;
    expect(await asking).toEqual(['conflict']);
    expect((await shop.show(id)).wallet.balance).toBe(50);
    expect(await shop.faults()).toEqual([]);
  });

  async function someoneWaits(): Promise<boolean> {
    const { rows } = await database.superuser.query(
      `select from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`,
    );
    return rows.length > 0;
  }
});
