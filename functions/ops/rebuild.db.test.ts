import { randomUUID } from 'node:crypto';
import { withTenant } from '@tributary/db/transaction';
import { adjustWallet } from '@tributary/loyalty/adjust/adjust-wallet';
import { Shop } from '@tributary/loyalty/customer/shop.fixture';
import { freezeWallet } from '@tributary/loyalty/freeze/freeze-wallet';
import type { Scope } from '@tributary/loyalty/rebuild/read-scope';
import { issueReward } from '@tributary/loyalty/redeem/issue-reward';
import { redeemReward } from '@tributary/loyalty/redeem/redeem-reward';
import { createRandom } from '@tributary/sandbox/kernel/random';
import { type RebuildDependencies, rebuild } from '@tributary/sync/rebuild/rebuild';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { rebuilding } from '../runtime/rebuild.ts';
import { openCloverTrade, openSquareTrade, openXeroTrade, type Trade } from './trade.fixture.ts';

type SquareTrade = Awaited<ReturnType<typeof openSquareTrade>>;

describe('a rebuild', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    // Webhooks log.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

  const again = (trade: Trade, changed: Partial<RebuildDependencies<Scope>> = {}) =>
    rebuild({ ...database, clock: trade.clock.now, ...rebuilding, ...changed }, trade.shop.orgId);

  const sell = ({ merchant }: SquareTrade, customerId: string, amountMinor: number) =>
    merchant.takePayment({ amountMinor, customerId, lines: [{ name: 'Tea', priceMinor: amountMinor }] });

  /** Webhooks that came, came twice, never came; polls that found the rest; refunds before and after; a sale that was cancelled. */
  async function tradeALot(trade: SquareTrade) {
    const { merchant } = trade;
    const first = sell(trade, 'ANN', 5000);
    await trade.deliver();
    const lost = sell(trade, 'BOB', 3300);
    await trade.lose();
    await trade.office.run(trade.shop);
    merchant.refundPayment({ paymentId: first.id, amountMinor: 1250 });
    await trade.deliver();
    const open = merchant.takePayment({ amountMinor: 900, customerId: 'CID', status: 'APPROVED' });
    merchant.changePayment(open.id, { status: 'CANCELED' });
    await trade.deliver();
    merchant.refundPayment({ paymentId: lost.id });
    await trade.lose();
    merchant.takePayment({ amountMinor: 700 });
    await trade.clock.advance(10 * 60_000);
    await trade.office.run(trade.shop);
    return { first, lost };
  }

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
      await new Shop(database, trade.shop.orgId).addRule(
        { conversionRate: 1, limits: { pointsEarnedPerDay: 120 } },
        '2021-01-01T00:00:00Z',
      );
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

  const linesOf = async ({ shop }: Trade) => {
    const lines = await withTenant({ database: database.worker, orgId: shop.orgId }, (tx) =>
      rebuilding.derived.readLines(tx, { customers: [], sales: [] }),
    );
    const kinds: Record<string, number> = {};
    for (const line of lines) {
      const [kind] = JSON.parse(line);
      kinds[kind] = (kinds[kind] ?? 0) + 1;
    }
    return kinds;
  };

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
    await shop.addRule({ conversionRate: 3 }, '2021-01-01T00:00:00Z');
    sell(trade, 'ANN', 1000);
    await trade.deliver();
    expect((await shop.bySquare('ANN')).wallet.balance).toBe(80);
    expect(await again(trade)).toMatchObject({ isEqual: true, differences: [] });
  });

  it('keeps to a limit of the day in the order in which sales were told', async () => {
    const trade = await openSquareTrade(database);
    const shop = new Shop(database, trade.shop.orgId);
    await shop.addRule({ conversionRate: 1, limits: { pointsEarnedPerDay: 60 } }, '2021-01-01T00:00:00Z');
    for (const amountMinor of [4000, 1500, 3000]) {
      sell(trade, 'ANN', amountMinor);
      await trade.deliver();
    }
    expect((await shop.bySquare('ANN')).wallet.balance).toBe(60);
    expect(await again(trade)).toMatchObject({ isEqual: true, differences: [] });
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
});
