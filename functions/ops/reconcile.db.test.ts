import { randomUUID } from 'node:crypto';
import type { PaymentFact } from '@tributary/core/facts';
import { ProviderError } from '@tributary/core/provider-error';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { recordFacts } from '@tributary/loyalty/transaction/record-facts';
import { resolveCustomers } from '@tributary/loyalty/transaction/resolve-customers';
import { connect } from '@tributary/sync/connection/connect';
import { checkDay } from '@tributary/sync/reconcile/check-day';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openCloverTrade, openSquareTrade, openXeroTrade, today } from './trade.fixture.ts';

type SquareTrade = Awaited<ReturnType<typeof openSquareTrade>>;

const away = () => ({
  call: () => Promise.reject(new ProviderError('unavailable', 'away')),
  take: () => ({ pulls: [], bytes: 0 }),
});

describe('reconciliation', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    // Webhooks log.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

  const sell = ({ merchant }: SquareTrade, amountMinor = 1000) =>
    merchant.takePayment({ amountMinor, tipMinor: 100, customerId: 'ANN' });

  it('a day of which nothing was lost agrees in count, money and points', async () => {
    const trade = await openSquareTrade(database);
    const { id } = sell(trade, 1000);
    sell(trade, 2050);
    trade.merchant.takePayment({ amountMinor: 700, status: 'FAILED' });
    trade.merchant.refundPayment({ paymentId: id, amountMinor: 550 });
    await trade.deliver();
    const { days, books } = await trade.check();
    const total = { USD: { count: 2, amountMinor: 3250, refundedMinor: 550 } };
    expect(days).toMatchObject([
      { status: 'agrees', listed: total, held: total, points: { due: 25, posted: 25 }, drifts: {} },
    ]);
    expect(books).toEqual([]);
    expect(
      await trade.office.rows(
        'select status, points_due::int, points_posted::int, drifts, day::text from sync.reconciliations where org_id = $1',
        trade.shop.orgId,
      ),
    ).toEqual([{ status: 'agrees', points_due: 25, points_posted: 25, drifts: 0, day: today }]);
  });

  interface Case {
    cause: string;
    /** Makes it so, about one payment. */
    happen(trade: SquareTrade): Promise<string>;
    /** What is done about it. */
    requeued: object;
    mended: boolean;
  }

  const cases: Case[] = [
    {
      cause: 'missing_here',
      happen: async (trade) => {
        const { id } = sell(trade);
        await trade.lose();
        return id;
      },
      requeued: { applied: 0, fetched: 1, walked: 0, left: 0 },
      mended: true,
    },
    {
      cause: 'unapplied',
      happen: async (trade) => {
        const { id } = sell(trade);
        await trade.deliver({ callOf: away });
        return id;
      },
      requeued: { applied: 1, fetched: 0, walked: 0, left: 0 },
      mended: true,
    },
    {
      cause: 'stale',
      happen: async (trade) => {
        const { id } = trade.merchant.takePayment({ amountMinor: 1000, customerId: 'ANN', status: 'APPROVED' });
        await trade.deliver();
        trade.merchant.changePayment(id, { status: 'COMPLETED' });
        await trade.lose();
        return id;
      },
      requeued: { applied: 0, fetched: 1, walked: 0, left: 0 },
      mended: true,
    },
    {
      cause: 'points_differ',
      happen: async (trade) => {
        const { id } = sell(trade);
        await trade.lose();
        const { composed, office, shop } = trade;
        const facts = await composed.days.square?.read(office.calls(shop, 'walk').call, {
          resource: 'payments',
          externalId: id,
          parentId: null,
        });
        const payments = facts as PaymentFact[];
        // As applying does, without what follows from it.
        await withTenant({ database: database.worker, orgId: shop.orgId }, async (tx) => {
          const { buyers } = await resolveCustomers(tx, payments);
          await recordFacts(tx, buyers, payments, []);
        });
        return id;
      },
      requeued: { applied: 0, fetched: 1, walked: 0, left: 0 },
      mended: true,
    },
    {
      cause: 'missing_there',
      happen: async ({ office, shop, clock }) => {
        const at = clock.now();
        const base = { kind: 'payment', provider: 'square', status: 'completed', currency: 'USD' } as const;
        const amounts = { amountMinor: 1000, tipMinor: 0, taxMinor: null, refundedMinor: 0 };
        const payment = { ...base, ...amounts, externalId: 'nobody-s', customer: null, lineItems: null };
        await withTenant({ database: database.worker, orgId: shop.orgId }, (tx) =>
          office.runs.applyFacts(tx, { ...shop, facts: [{ ...payment, takenAt: at, version: at }] }),
        );
        return 'nobody-s';
      },
      requeued: { applied: 0, fetched: 0, walked: 0, left: 1 },
      mended: false,
    },
    {
      cause: 'amount_differs',
      happen: async (trade) => {
        const { id } = sell(trade);
        await trade.deliver();
        await trade.office.rows(
          `update loyalty.transactions set amount_minor = amount_minor + 1 where org_id = $1 and provider_transaction_id = $2`,
          trade.shop.orgId,
          id,
        );
        return id;
      },
      // Of two contents with one version nobody can tell the newer.
      requeued: { applied: 0, fetched: 1, walked: 0, left: 0 },
      mended: false,
    },
  ];

  it.each(cases)('finds what is $cause, and brings in what can be', async ({ cause, happen, requeued, mended }) => {
    const trade = await openSquareTrade(database);
    sell(trade, 5000);
    await trade.deliver();
    const id = await happen(trade);
    const found = await trade.check({ requeue: true });
    expect(found.days).toMatchObject([{ status: 'drifts', drifts: { [cause]: 1 } }]);
    expect(Object.values(found.requeued)).toEqual([requeued]);
    const [drift] = await trade.drifts();
    const status = cause === 'missing_there' ? 'open' : 'requeued';
    expect(drift).toEqual({ resource: 'payments', external_id: id, cause, status, event: cause === 'unapplied' });
    await trade.deliver();
    await trade.clock.advance(1000);
    const { days } = await trade.check();
    expect(days).toMatchObject([{ status: mended ? 'agrees' : 'drifts' }]);
    expect((await trade.drifts()).map(({ status }) => status)).toEqual([mended ? 'settled' : 'open']);
  });

  it('a refund that never came is found by its own id, and the payment as stale', async () => {
    const trade = await openSquareTrade(database);
    const { id } = sell(trade);
    await trade.deliver();
    const refund = trade.merchant.refundPayment({ paymentId: id, amountMinor: 300 });
    await trade.lose();
    await trade.check({ requeue: true });
    expect(await trade.drifts()).toMatchObject([
      { resource: 'payments', external_id: id, cause: 'stale' },
      { resource: 'refunds', external_id: refund.id, cause: 'missing_here' },
    ]);
    await trade.clock.advance(1000);
    const held = { USD: { count: 1, amountMinor: 1100, refundedMinor: 300 } };
    expect((await trade.check()).days).toMatchObject([{ status: 'agrees', held, listed: held }]);
  });

  it('an event that was given up is taken up again, and a parked one replaced by asking', async () => {
    const trade = await openSquareTrade(database);
    sell(trade);
    await trade.deliver({ callOf: away });
    const { rows } = trade.office;
    await rows(
      `update inbox.events set status = 'quarantined', reason = 'test', processed_at = now() where org_id = $1`,
      trade.shop.orgId,
    );
    expect(Object.values((await trade.check({ requeue: true })).requeued)).toMatchObject([{ applied: 1 }]);
    await trade.deliver();
    await trade.clock.advance(1000);
    expect((await trade.check()).days).toMatchObject([{ status: 'agrees' }]);

    await rows('update sync.routes set active = false where org_id = $1', trade.shop.orgId);
    sell(trade, 3000);
    await trade.deliver();
    await trade.clock.advance(1000);
    const parked = await trade.check({ requeue: true });
    expect(parked.days).toMatchObject([{ drifts: { unapplied: 1 } }]);
    expect(Object.values(parked.requeued)).toMatchObject([{ applied: 0, fetched: 1 }]);
  });

  it('keeps the bytes of what was asked about a drift', async () => {
    const trade = await openSquareTrade(database);
    const { id } = sell(trade);
    await trade.lose();
    await trade.check({ requeue: true });
    expect(
      await trade.office.rows(
        `select p.request, d.external_id from sync.pulls p join sync.drifts d on d.id = p.drift_id where p.org_id = $1 order by p.id`,
        trade.shop.orgId,
      ),
    ).toMatchObject([
      { request: `GET v2/payments/${id}`, external_id: id },
      { request: expect.stringMatching(/^GET v2\/orders\//) },
    ]);
  });

  it('walks again from the day’s beginning when too much is missing to ask one by one', async () => {
    const trade = await openSquareTrade(database);
    const { orgId } = trade.shop;
    for (let sale = 0; sale < 60; sale += 1) trade.merchant.takePayment({ amountMinor: 100 + sale });
    await trade.lose();
    await trade.office.run(trade.shop);
    // All of it is gone here, and the walk long past it.
    await trade.clock.advance(60 * 60_000);
    trade.merchant.takePayment({ amountMinor: 5 });
    await trade.office.run(trade.shop);
    await trade.office.rows('delete from loyalty.transactions where org_id = $1', orgId);
    expect(await trade.office.run(trade.shop)).toBe('success');

    expect(Object.values((await trade.check({ requeue: true })).requeued)).toEqual([
      { applied: 0, fetched: 0, walked: 60, left: 0 },
    ]);
    expect(trade.sent.sync).toMatchObject([
      { kind: 'sync', trigger: 'reconciliation', connectionId: trade.shop.connectionId },
    ]);
    await trade.office.run(trade.shop);
    await trade.clock.advance(1000);
    expect((await trade.check()).days).toMatchObject([{ status: 'agrees', held: { USD: { count: 61 } } }]);
  });

  it('does not let a walk begin again while a run would write over it', async () => {
    const trade = await openSquareTrade(database);
    for (let sale = 0; sale < 60; sale += 1) trade.merchant.takePayment({ amountMinor: 100 + sale });
    await trade.lose();
    await trade.office.rows(
      `update sync.connections set run_lease = uuidv7(), run_leased_until = $2 where id = $1`,
      trade.shop.connectionId,
      new Date(trade.clock.now().getTime() + 60_000),
    );
    await expect(trade.check({ requeue: true })).rejects.toMatchObject({ code: 'conflict' });
    expect(trade.sent.sync).toEqual([]);
  });

  it('what happens while it compares is no drift', async () => {
    const trade = await openSquareTrade(database);
    const { id } = trade.merchant.takePayment({ amountMinor: 1000, customerId: 'ANN', status: 'APPROVED' });
    await trade.deliver();
    const { square: days } = trade.composed.days;
    if (days === undefined) throw new Error('Square has days');
    const list: typeof days.list = async (...asked) => {
      const listed = await days.list(...asked);
      sell(trade, 3000);
      trade.merchant.changePayment(id, { status: 'COMPLETED' });
      await trade.deliver();
      return listed;
    };
    Object.assign(trade.composed, { days: { square: { ...days, list } } });
    const both = { USD: { count: 2, amountMinor: 4100 } };
    expect((await trade.check()).days).toMatchObject([{ status: 'agrees', listed: both, held: both }]);
  });

  it('counts a sale on the business day of the organization', async () => {
    const trade = await openSquareTrade(database);
    await trade.office.rows(
      `update identity.organizations set time_zone = 'America/New_York' where id = $1`,
      trade.shop.orgId,
    );
    await trade.clock.set(new Date(`${today}T04:59:59Z`));
    sell(trade, 1000);
    await trade.clock.advance(1000);
    trade.merchant.takePayment({ amountMinor: 2000, status: 'APPROVED' });
    await trade.clock.set(new Date('2026-11-21T04:59:59Z'));
    sell(trade, 4000);
    await trade.deliver();
    const { days } = await trade.check({ from: '2026-11-19', to: today });
    expect(days).toMatchObject([
      { day: '2026-11-19', status: 'agrees', held: { USD: { count: 1, amountMinor: 1100 } } },
      { day: today, status: 'agrees', held: { USD: { count: 1, amountMinor: 4100 } } },
    ]);
    expect(days).toHaveLength(2);
  });

  it('does not say of a sale that it is missing there when it may be of another account', async () => {
    const trade = await openSquareTrade(database);
    sell(trade);
    await trade.deliver();
    const other = await openSquareTrade(database);
    const { orgId } = trade.shop;
    const { connectionId } = await withSystem(database.system, (tx) =>
      connect(tx, { orgId, provider: 'square', accountRef: `${other.merchant.id}X` }),
    );
    await trade.office.rows(
      `update sync.connections set status = 'needs_reconnect' where id = $1`,
      trade.shop.connectionId,
    );
    const asOther = { ...trade.composed, callOf: () => other.office.calls(other.shop, 'walk') };
    expect(await checkDay(asOther, { orgId, connectionId, day: today })).toMatchObject({ status: 'agrees', held: {} });
  });

  it('a frozen wallet is not due what it cannot be given', async () => {
    const trade = await openSquareTrade(database);
    sell(trade);
    await trade.deliver();
    await trade.office.rows(`update loyalty.wallets set status = 'frozen' where org_id = $1`, trade.shop.orgId);
    sell(trade, 4000);
    await trade.deliver();
    expect((await trade.check()).days).toMatchObject([{ status: 'agrees', points: { due: 10, posted: 10 } }]);
  });

  it('a provider that cannot be asked is said to be so', async () => {
    const trade = await openSquareTrade(database);
    trade.composed.callOf = away;
    expect((await trade.check({ from: '2026-11-19' })).days).toEqual([
      { connectionId: trade.shop.connectionId, day: '2026-11-19', status: 'failed', reason: 'provider_unavailable' },
    ]);
  });

  it('compares Clover’s payments with their refunds', async () => {
    const trade = await openCloverTrade(database);
    const sale = { amount: 2500, customers: [{ id: 'ANN' }] };
    const { id } = trade.clover.takePayment(trade.merchantId, sale);
    trade.clover.takePayment(trade.merchantId, sale);
    await trade.deliver();
    const both = { USD: { count: 2, amountMinor: 5000, refundedMinor: 0 } };
    expect((await trade.check()).days).toMatchObject([
      { status: 'agrees', listed: both, held: both, points: { due: 50, posted: 50 } },
    ]);
    const refund = trade.clover.refund(trade.merchantId, id, 500);
    await trade.lose();
    await trade.check({ requeue: true });
    expect(await trade.drifts()).toMatchObject([
      { resource: 'payments', external_id: id, cause: 'stale', status: 'requeued' },
      { resource: 'refunds', external_id: refund.id, cause: 'missing_here', status: 'requeued' },
    ]);
    await trade.clock.advance(1000);
    expect((await trade.check()).days).toMatchObject([
      { status: 'agrees', held: { USD: { refundedMinor: 500 } }, points: { due: 45, posted: 45 } },
    ]);
  });

  it('compares Xero’s objects by kind, on the day they changed last', async () => {
    const trade = await openXeroTrade(database);
    const contactId = trade.organisation.save('Contacts', { Name: 'Ann' });
    trade.organisation.save('Contacts', { Name: 'Bob' });
    await trade.deliver();
    expect((await trade.check()).days).toMatchObject([
      { status: 'agrees', listed: { Contacts: { count: 2 } }, held: { Contacts: { count: 2 } }, points: null },
    ]);
    await trade.clock.advance(60_000);
    trade.organisation.save('Contacts', { ContactID: contactId, Name: 'Anna' });
    const newId = trade.organisation.save('Contacts', { Name: 'Cid' });
    await trade.lose();
    await trade.check({ requeue: true });
    const causes = Object.fromEntries((await trade.drifts()).map(({ external_id, cause }) => [external_id, cause]));
    expect(causes).toEqual({ [contactId]: 'stale', [newId]: 'missing_here' });
    await trade.clock.advance(1000);
    expect((await trade.check()).days).toMatchObject([{ status: 'agrees', held: { Contacts: { count: 3 } } }]);
    const [object, at] = [{ kind: 'object', provider: 'xero', resource: 'Contacts' } as const, trade.clock.now()];
    const fact = { ...object, externalId: randomUUID(), removed: false, body: {}, version: at };
    await withTenant({ database: database.worker, orgId: trade.shop.orgId }, (tx) =>
      trade.office.runs.applyFacts(tx, { ...trade.shop, facts: [fact] }),
    );
    expect((await trade.check()).days).toMatchObject([{ drifts: { missing_there: 1 } }]);
  });
});
