import { readId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import type * as z from 'zod';
import { day, noon, type Office, openOffice, refund } from '../adjust/office.fixture.ts';
import { mergeCustomers } from '../customer/merge-customers.ts';
import type { ruleConfig } from '../rule/rule-config.ts';
import { spentAndTier } from './metals.fixture.ts';
import { changes, configure, grade, scoreOf, sell, tierOf } from './tiers.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

/** An office without tiers, so that none is given before it is asked for. */
const open = (rule: Partial<z.input<typeof ruleConfig>> = {}): Promise<Office> => openOffice(database, rule);

describe('tiers by money spent', () => {
  it.each(spentAndTier)('L58 %d spent before and %d now make %s', async (spent, current, expected) => {
    const office = await open();
    await configure(office);
    if (spent > 0) await sell(office, spent);
    await sell(office, current);
    expect(await tierOf(office)).toBe(expected);
  });

  it('count what was kept: without tips, and without the share that was refunded', async () => {
    const office = await open();
    await sell(office, 10_000, { externalId: 'part', tipMinor: 2000 });
    await sell(office, 5000, { externalId: 'all', tipMinor: 500 });
    await sell(office, 3000, { refundedMinor: 1000 });
    await office.apply([
      refund({ externalId: 'r1', paymentExternalId: 'part', amountMinor: 3000 }),
      refund({ externalId: 'r2', paymentExternalId: 'part', amountMinor: 9000, status: 'pending' }),
      refund({ externalId: 'r3', paymentExternalId: 'all', amountMinor: 5500 }),
    ]);
    await grade(office);
    expect(await scoreOf(office)).toBe(7500 + 0 + 2000);
  });

  it('count completed sales in the currency of the organization', async () => {
    const office = await open();
    await sell(office, 1000);
    await sell(office, 20_000, { status: 'pending' });
    await sell(office, 20_000, { status: 'cancelled' });
    await sell(office, 20_000, { currency: 'EUR' });
    await grade(office);
    expect(await scoreOf(office)).toBe(1000);
  });

  it('count sales of the period only, where there is one', async () => {
    const office = await open();
    await sell(office, 1000, { takenAt: new Date('2026-08-21T12:00:00Z') });
    await sell(office, 200, { takenAt: new Date('2026-08-21T12:00:00.001Z') });
    await sell(office, 30, { takenAt: noon });
    await grade(office, { periodMonths: 3 });
    expect(await scoreOf(office)).toBe(230);
  });

  it('count a sale that was linked later, once', async () => {
    const office = await open();
    await sell(office, 1000);
    await sell(office, 9000, { externalId: 'nobody' }, null);
    const customerId = readId('customer', (await office.wallet('ann')).customer.id);
    await database.superuser.query(
      `update loyalty.transactions set linked_customer_id = $2 where org_id = $1 and provider_transaction_id = 'nobody'`,
      [office.orgId, customerId],
    );
    await grade(office);
    expect([await scoreOf(office), await tierOf(office)]).toEqual([10_000, 'Silver']);
    // The provider tells who it was after all.
    await office.sell('ann', { externalId: 'nobody', amountMinor: 9000, version: day('2026-12-01') });
    await sell(office, 10_000);
    expect(await scoreOf(office)).toBe(20_000);
  });
});

it.each(['spend', 'lifetime_points', 'period_points'] as const)(
  'a customer counts, by %s, with what those brought who were merged into it',
  async (basis) => {
    const office = await open({ conversionRate: 100 });
    await sell(office, 6000);
    await sell(office, 5000, {}, 'bob');
    const [from, into] = [(await office.wallet('bob')).customer.id, (await office.wallet('ann')).customer.id];
    await office.run((tx) => mergeCustomers({ tx, actor: 'ann', now: noon }, { from, into, reason: 'the same' }));
    await grade(office, { basis, periodMonths: 12 });
    expect(await changes(office)).toEqual([{ from_tier: null, to_tier: 'Silver', score: 11_000 }]);
  },
);

describe('tiers by points', () => {
  it('L59 count what was ever got: pending, spent, expired and taken by hand included, clawed back not', async () => {
    const office = await open({ clawbackPolicy: 'allow_negative' });
    await sell(office, 100_00, { externalId: 'kept' });
    await sell(office, 50_00, { externalId: 'returned' });
    await office.apply([refund({ paymentExternalId: 'returned', amountMinor: 2500 })]);
    await office.addRule({ pendingDays: 30 }, day('2026-11-21'));
    await sell(office, 8_00);
    await office.adjust('ann', { points: 7 });
    await office.adjust('ann', { points: -3 });
    await office.spend('ann', 40);
    await grade(office, { basis: 'lifetime_points' });
    expect(await office.wallet('ann')).toMatchObject({ pending: 8, balance: 100 + 50 - 25 + 7 - 3 - 40 });
    expect(await scoreOf(office)).toBe(100 + 50 - 25 + 8 + 7);
  });

  it('of a period count sales of the period, and a refund at the time of its sale', async () => {
    const office = await open({ clawbackPolicy: 'allow_negative' });
    await sell(office, 500_00, { externalId: 'old', takenAt: day('2026-10-01') });
    await sell(office, 100_00, { externalId: 'new', takenAt: day('2026-11-01') });
    await office.apply([
      refund({ externalId: 'r1', paymentExternalId: 'old', amountMinor: 500_00 }),
      refund({ externalId: 'r2', paymentExternalId: 'new', amountMinor: 30_00 }),
    ]);
    await office.adjust('ann', { points: 9 }, day('2026-10-02'));
    await office.adjust('ann', { points: 5 });
    await grade(office, { basis: 'period_points', periodMonths: 1 });
    expect(await scoreOf(office)).toBe(70 + 5);
  });

  it('rise with an adjustment at once', async () => {
    const office = await open();
    await configure(office, { basis: 'lifetime_points' });
    await sell(office, 100);
    await office.adjust('ann', { points: 10_000 });
    expect(await tierOf(office)).toBe('Silver');
  });
});
