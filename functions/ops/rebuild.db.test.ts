import { Shop } from '@tributary/loyalty/customer/shop.fixture';
import { createRandom } from '@tributary/sandbox/kernel/random';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { again, linesOf, type SquareTrade, sell, tradeALot } from './rebuild.fixture.ts';
import { openCloverTrade, openSquareTrade, openXeroTrade } from './trade.fixture.ts';

const longAgo = new Date('2021-01-01T00:00:00Z');

describe('a rebuild', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    // Webhooks log.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

  it('from deliveries and pulls of Square ends in the same ledger, byte for byte', async () => {
    const trade = await openSquareTrade(database);
    await tradeALot(trade);
    const rebuilt = await again(trade);
    expect(rebuilt).toMatchObject({
      isEqual: true,
      problems: [],
      differences: [],
      leftOut: { customers: 0, sales: 0 },
    });
    expect(rebuilt.twinHash).toBe(rebuilt.liveHash);
    // Four sales, two refunds, points earned and taken back, what Ann holds.
    const kinds = await linesOf(trade);
    expect(kinds).toEqual({ sale: 4, refund: 2, points: 4, balance: 1 });
  });

  /** Anything may happen, and be told by any way, or late, or by none. */
  async function tradeAtRandom(trade: SquareTrade, seed: number) {
    const random = createRandom(`history ${seed}`);
    const { merchant } = trade;
    const happenings = [
      () => void sell(trade, random.pick(['ANN', 'BOB']), 100 + random.below(9000)),
      () => void merchant.takePayment({ amountMinor: 500, customerId: 'ANN', status: 'APPROVED' }),
      () => {
        const open = merchant.payments().filter(({ status }) => status === 'APPROVED');
        if (open.length > 0)
          merchant.changePayment(random.pick(open).id, { status: random.pick(['COMPLETED', 'CANCELED'] as const) });
      },
      () => {
        const sold = merchant.payments().filter(({ status }) => status === 'COMPLETED');
        if (sold.length > 0) merchant.refundPayment({ paymentId: random.pick(sold).id, amountMinor: 20 });
      },
    ];
    const ways = [
      trade.deliver,
      trade.deliver,
      trade.lose,
      () => trade.office.run(trade.shop),
      () => trade.check({ requeue: true }),
    ];
    for (let step = 0; step < 14; step += 1) {
      random.pick(happenings)();
      await random.pick(ways)();
      await trade.clock.advance(random.below(400_000));
    }
    await trade.deliver();
  }

  it.each(Array.from({ length: 12 }, (_, seed) => seed))(
    'ends in the same ledger whatever happened, history %i',
    async (seed) => {
      const trade = await openSquareTrade(database);
      const shop = new Shop(database, trade.shop.orgId);
      await shop.addRule({ conversionRate: 1, limits: { pointsEarnedPerDay: 120 } }, longAgo);
      await tradeAtRandom(trade, seed);
      const rebuilt = await again(trade);
      expect(rebuilt).toMatchObject({
        isEqual: true,
        problems: [],
        differences: [],
        leftOut: { customers: 0, sales: 0 },
      });
      expect(rebuilt.lines).toBeGreaterThan(2);
    },
  );

  it('from hints of Clover, and what was answered to them', async () => {
    const trade = await openCloverTrade(database);
    const { clover, merchantId } = trade;
    const { id } = clover.takePayment(merchantId, { amount: 2500, tipAmount: 200, customers: [{ id: 'ANN' }] });
    await trade.deliver();
    clover.takePayment(merchantId, { amount: 4000, customers: [{ id: 'BOB' }] });
    await trade.lose();
    await trade.clock.advance(60_000);
    await trade.office.run(trade.shop);
    clover.refund(merchantId, id, 500);
    await trade.deliver();
    expect(await again(trade)).toMatchObject({ isEqual: true, problems: [], differences: [] });
    expect(await linesOf(trade)).toEqual({ sale: 2, refund: 1, points: 3, balance: 2 });
  });

  it('from hints and lists of Xero', async () => {
    const trade = await openXeroTrade(database);
    const contactId = trade.organisation.save('Contacts', { Name: 'Ann' });
    await trade.deliver();
    trade.organisation.save('Contacts', { ContactID: contactId, Name: 'Anna' });
    trade.organisation.save('Accounts', { Code: '200', Name: 'Sales', Type: 'REVENUE' });
    await trade.lose();
    await trade.clock.advance(60_000);
    await trade.office.run(trade.shop);
    expect(await again(trade)).toMatchObject({ isEqual: true, lines: 2, problems: [] });
  });

  it('brings back what was asked about a drift', async () => {
    const trade = await openSquareTrade(database);
    sell(trade, 'ANN', 5000);
    await trade.lose();
    await trade.check({ requeue: true });
    expect(await again(trade)).toMatchObject({ isEqual: true, applied: 1 });
    expect(await linesOf(trade)).toMatchObject({ sale: 1, points: 1 });
  });

  it('gives each sale the rule it had, although another is in force for its time since', async () => {
    const trade = await openSquareTrade(database);
    const shop = new Shop(database, trade.shop.orgId);
    sell(trade, 'ANN', 5000);
    await trade.deliver();
    await shop.addRule({ conversionRate: 3 }, longAgo);
    sell(trade, 'ANN', 1000);
    await trade.deliver();
    expect((await shop.bySquare('ANN')).wallet.balance).toBe(80);
    expect(await again(trade)).toMatchObject({ isEqual: true, differences: [] });
  });

  it('keeps to a limit of the day in the order in which sales were told', async () => {
    const trade = await openSquareTrade(database);
    const shop = new Shop(database, trade.shop.orgId);
    await shop.addRule({ conversionRate: 1, limits: { pointsEarnedPerDay: 60 } }, longAgo);
    for (const amountMinor of [4000, 1500, 3000]) {
      sell(trade, 'ANN', amountMinor);
      await trade.deliver();
    }
    expect((await shop.bySquare('ANN')).wallet.balance).toBe(60);
    expect(await again(trade)).toMatchObject({ isEqual: true, differences: [] });
  });

  it('passes over again what could never be applied, and nothing else of its page', async () => {
    const trade = await openSquareTrade(database);
    sell(trade, 'ANN', 5000);
    sell(trade, 'BOB', 2000);
    await trade.lose();
    // No column of ours holds such a name.
    trade.merchant.takePayment({ amountMinor: 1000, customerId: 'C'.repeat(400) });
    await trade.lose();
    expect(await trade.office.run(trade.shop)).toBe('partial');
    expect(await linesOf(trade)).toMatchObject({ sale: 2, points: 2 });
    expect(await again(trade)).toMatchObject({ isEqual: true, problems: [] });
  });

  it('leaves the organization as it is, and its twin apart: suspended, without a route, a credential or a schedule', async () => {
    const trade = await openSquareTrade(database);
    await tradeALot(trade);
    const { orgId } = trade.shop;
    const counted = () =>
      trade.office.rows(
        `select (select count(*) from ledger.postings where org_id = $1) as postings,
           (select count(*) from loyalty.transactions where org_id = $1) as sales,
           (select count(*) from inbox.events where org_id = $1) as events`,
        orgId,
      );
    const before = await counted();
    const { twinOrgId, rebuildId, liveHash } = await again(trade);
    expect(await counted()).toEqual(before);
    const twin = await trade.office.rows(
      `select o.status, c.status as connection, c.next_run_at, c.credential_id,
         (select count(*)::int from sync.routes where org_id = o.id) as routes,
         (select count(*)::int from loyalty.transactions where org_id = o.id) as sales
       from identity.organizations o join sync.connections c on c.org_id = o.id where o.id = $1`,
      twinOrgId,
    );
    const isolated = {
      status: 'suspended',
      connection: 'needs_reconnect',
      next_run_at: null,
      credential_id: null,
      routes: 0,
    };
    expect(twin).toEqual([{ ...isolated, sales: 4 }]);
    // What comes next goes to the organization alone.
    sell(trade, 'ANN', 100);
    await trade.deliver();
    expect(
      await trade.office.rows(
        'select org_id, count(*)::int as sales from loyalty.transactions where org_id = any ($1) group by 1',
        [orgId, twinOrgId],
      ),
    ).toEqual(
      expect.arrayContaining([
        { org_id: orgId, sales: 5 },
        { org_id: twinOrgId, sales: 4 },
      ]),
    );
    expect(
      await trade.office.rows(
        `select id, twin_org_id, encode(live_hash, 'hex') as hash from sync.rebuilds where org_id = $1`,
        orgId,
      ),
    ).toEqual([{ id: rebuildId, twin_org_id: twinOrgId, hash: liveHash }]);
  });
});
