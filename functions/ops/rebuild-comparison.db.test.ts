import { randomUUID } from 'node:crypto';
import { adjustWallet } from '@tributary/loyalty/adjust/adjust-wallet';
import { Shop } from '@tributary/loyalty/customer/shop.fixture';
import { freezeWallet } from '@tributary/loyalty/freeze/freeze-wallet';
import { issueReward } from '@tributary/loyalty/redeem/issue-reward';
import { redeemReward } from '@tributary/loyalty/redeem/redeem-reward';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { rebuilding } from '../runtime/rebuild.ts';
import { again, sell, tradeALot } from './rebuild.fixture.ts';
import { openSquareTrade } from './trade.fixture.ts';

describe('the comparison of a rebuild', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    // Webhooks log.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

  it('is equal in what facts tell, whatever people did besides', async () => {
    const trade = await openSquareTrade(database);
    const { orgId } = trade.shop;
    const shop = new Shop(database, orgId);
    const now = trade.clock.now();
    const { first } = await tradeALot(trade);
    const [ann, bob] = [await shop.bySquare('ANN'), await shop.bySquare('BOB')];
    // Spends most of what a refund would take back.
    const reward = await shop.run((tx) =>
      issueReward(
        { tx, actor: 'till', now, key: randomUUID() },
        { walletId: ann.wallet.id, points: 30, basketMinor: 10_000, currency: 'USD' },
      ),
    );
    await shop.run((tx) => redeemReward({ tx, actor: 'till', now }, { rewardId: reward.id }));
    trade.merchant.refundPayment({ paymentId: first.id });
    await trade.deliver();
    // A correction, a merge, a registration that finds an anonymous sale, a freeze.
    await shop.run((tx) =>
      adjustWallet(
        { tx, actor: 'office', now, key: randomUUID() },
        { walletId: bob.wallet.id, points: 7, reason: 'a gift' },
      ),
    );
    for (const customerId of ['DEE', 'EVE', 'FAY']) sell(trade, customerId, 2000);
    trade.merchant.takePayment({ amountMinor: 1200, buyerEmail: 'gil@example.com' });
    await trade.deliver();
    await shop.merge(await shop.bySquare('DEE'), await shop.bySquare('EVE'), now);
    const gil = await shop.register({ email: 'gil@example.com' });
    expect(gil.wallet.balance).toBe(12);
    const fay = await shop.bySquare('FAY');
    await shop.run((tx) => freezeWallet({ tx, actor: 'office', now }, { walletId: fay.wallet.id, reason: 'look' }));
    for (const customerId of ['DEE', 'EVE', 'FAY', 'HAL']) sell(trade, customerId, 1000);
    await trade.deliver();

    const rebuilt = await again(trade);
    expect(rebuilt).toMatchObject({ isEqual: true, problems: [], differences: [] });
    // Ann, Bob, Dee and Eve, Fay; Gil's sale and Fay's two.
    expect(rebuilt.leftOut).toEqual({ customers: 5, sales: 3 });
    // It is the scope that makes them equal: what people did is not there.
    const derived = { ...rebuilding.derived, readScope: async () => ({ customers: [], sales: [] }) };
    expect((await again(trade, { derived })).isEqual).toBe(false);
  });

  it('differs by the sale of which one byte that came was changed', async () => {
    const trade = await openSquareTrade(database);
    const { id } = sell(trade, 'ANN', 5000);
    sell(trade, 'BOB', 2000);
    await trade.deliver();
    await database.superuser.query(
      `update inbox.deliveries set body = convert_to(replace(convert_from(body, 'utf8'), '"amount":5000', '"amount":5100'), 'utf8')
       where convert_from(body, 'utf8') like '%' || $1 || '%'`,
      [id],
    );
    const { isEqual, differences } = await again(trade);
    expect(isEqual).toBe(false);
    const sides = differences.map(({ only, line }) => [only, ...JSON.parse(line)]);
    expect(sides.filter(([, kind]) => kind === 'points')).toMatchObject([
      ['live', 'points', 'square', id, 'earn', expect.anything(), 50, 0],
      ['twin', 'points', 'square', id, 'earn', expect.anything(), 51, 0],
    ]);
    expect(sides.flat()).not.toContain('BOB');
  });

  it('differs by what was changed past the ledger', async () => {
    const trade = await openSquareTrade(database);
    const { lost } = await tradeALot(trade);
    const { orgId } = trade.shop;
    await database.superuser.query(
      `update loyalty.transactions set content_hash = sha256(content_hash) where org_id = $1 and provider_transaction_id = $2`,
      [orgId, lost.id],
    );
    const { differences } = await again(trade);
    expect(differences.map(({ only, line }) => [only, JSON.parse(line).slice(0, 3)])).toEqual([
      ['live', ['sale', 'square', lost.id]],
      ['twin', ['sale', 'square', lost.id]],
    ]);
  });

  it('says what the bytes do not tell any more', async () => {
    const trade = await openSquareTrade(database);
    sell(trade, 'ANN', 5000);
    await trade.deliver();
    await database.superuser.query(
      `update inbox.events set key = key || 'x' where org_id = $1 and type = 'payment.updated'`,
      [trade.shop.orgId],
    );
    const { isEqual, problems } = await again(trade);
    expect(isEqual).toBe(false);
    expect(problems).toMatchObject([{ kind: 'events', reason: 'event_not_in_delivery' }]);
  });

  it('tells no address and no name of anybody', async () => {
    const trade = await openSquareTrade(database);
    trade.merchant.takePayment({ amountMinor: 1200, buyerEmail: 'gil@example.com', customerId: 'GILBERT' });
    await trade.deliver();
    await database.superuser.query(
      'update loyalty.transactions set content_hash = sha256(content_hash) where org_id = $1',
      [trade.shop.orgId],
    );
    const rebuilt = await again(trade, { derived: { ...rebuilding.derived, readSettings: async () => [] } });
    expect(rebuilt.differences.length).toBeGreaterThan(2);
    expect(JSON.stringify(rebuilt)).not.toMatch(/gil/i);
  });

  it('refuses to compare with what changed while it was read', async () => {
    const trade = await openSquareTrade(database);
    await tradeALot(trade);
    const { readSettings } = rebuilding.derived;
    const derived: typeof rebuilding.derived = {
      ...rebuilding.derived,
      readSettings: async (tx) => {
        sell(trade, 'ANN', 100);
        await trade.deliver();
        return readSettings(tx);
      },
    };
    await expect(again(trade, { derived })).rejects.toMatchObject({ code: 'conflict' });
  });
});
