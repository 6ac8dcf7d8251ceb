import type { PaymentFact } from '@tributary/core/facts';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { openShop, type Shop } from '../customer/shop.fixture.ts';
import { later } from './facts.fixture.ts';

describe('L8 with a limit of 60 points a day', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const open = () => openShop(database, { limits: { pointsEarnedPerDay: 60 } });
  /** A sale of $40. */
  const sale = (shop: Shop, externalId: string, change: Partial<PaymentFact> = {}) =>
    shop.payment(externalId, { amountMinor: 4000, customer: { externalId: 'ANN' }, ...change });
  const balance = async (shop: Shop) => (await shop.bySquare('ANN')).wallet.balance;

  it('a day of the organization earns so much, however its sales are told', async () => {
    const shop = await open();
    await shop.apply(sale(shop, 'a'), sale(shop, 'b', { takenAt: later(1) }));
    await shop.apply(
      sale(shop, 'c', { takenAt: later(2) }),
      sale(shop, 'd', { takenAt: new Date('2026-06-02T00:00:00Z') }),
    );
    expect(await balance(shop)).toBe(100);
  });

  it('a sale that was refunded has had its part of the day', async () => {
    const shop = await open();
    await shop.apply(sale(shop, 'a'));
    await shop.apply(shop.refund('a', 4000));
    await shop.apply(sale(shop, 'b'));
    expect(await balance(shop)).toBe(20);
  });

  it('a sale that was cancelled has had none of it', async () => {
    const shop = await open();
    await shop.apply(sale(shop, 'a'));
    await shop.apply(sale(shop, 'a', { status: 'cancelled', version: later(3) }));
    await shop.apply(sale(shop, 'b'));
    expect(await balance(shop)).toBe(40);
  });

  it('L63 what a customer earned before being merged counts for the one that stays', async () => {
    const shop = await open();
    await shop.apply(sale(shop, 'a'));
    const bob = await shop.register({ external: { provider: 'square', value: 'BOB' } });
    await shop.merge(await shop.bySquare('ANN'), bob);
    await shop.apply(sale(shop, 'b'));
    expect(await balance(shop)).toBe(60);
  });
});
