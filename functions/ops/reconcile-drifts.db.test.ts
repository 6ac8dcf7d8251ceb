import type { PaymentFact } from '@tributary/core/facts';
import { withTenant } from '@tributary/db/transaction';
import { recordFacts } from '@tributary/loyalty/transaction/record-facts';
import { resolveCustomers } from '@tributary/loyalty/transaction/resolve-customers';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { away, type SquareTrade, sell } from './reconcile.fixture.ts';
import { openSquareTrade } from './trade.fixture.ts';

describe('reconciliation that may ask again', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    // Webhooks log.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
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
});
