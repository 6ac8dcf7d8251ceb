import { randomUUID } from 'node:crypto';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { connect } from '@tributary/sync/connection/connect';
import { checkDay } from '@tributary/sync/reconcile/check-day';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { away, sell } from './reconcile.fixture.ts';
import { openCloverTrade, openSquareTrade, openXeroTrade, today } from './trade.fixture.ts';

describe('reconciliation', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    // Webhooks log.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

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
