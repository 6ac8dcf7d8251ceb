import { verifyChain } from '@tributary/audit/chain/verify-chain';
import { reverify } from '@tributary/inbox/verify/reverify';
import { Shop } from '@tributary/loyalty/customer/shop.fixture';
import type { DeliveryMessage } from '@tributary/queue/message';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { proveWith } from '../runtime/prove-again.ts';
import {
  canaryEmail,
  canaryMobile,
  erase,
  findText,
  hashLedger,
  outspoken,
  rewritten,
  sweep,
} from './erase.fixture.ts';
import { again } from './rebuild.fixture.ts';
import { openCloverTrade, openSquareTrade, openXeroTrade, type Trade } from './trade.fixture.ts';

const named = ['canary', '5550143', '555-0143'];
const none = { searched: expect.any(Number) };

describe('an erased subject', () => {
  let database: TestDatabase;
  let logged = '';
  beforeAll(async () => {
    database = await testDatabase();
    vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      logged += text;
      return true;
    });
  });

  /** What comes once more: all deliveries, as they were and written otherwise, all polls, what was parked. */
  async function tellAgain(trade: Trade & { delivered: readonly DeliveryMessage[] }) {
    expect(trade.delivered.length).toBeGreaterThan(0);
    for (const message of trade.delivered) trade.mailbox.unshift(message, rewritten(message));
    await trade.deliver();
    await trade.office.rows(
      'update sync.streams set watermark = null, position = null where org_id = $1',
      trade.shop.orgId,
    );
    // Within the half hour that a token of Xero's lasts.
    await trade.clock.advance(600_000);
    expect(await trade.office.run(trade.shop)).toBe('success');
    expect((await trade.check({ requeue: true })).days).toMatchObject([{ status: 'agrees', drifts: {} }]);
    expect(await trade.drifts()).toEqual([]);
  }

  /** A subject at Square, known at the till as well, who turned out to be two. */
  async function tradeAtSquare() {
    const trade = outspoken(await openSquareTrade(database));
    const shop = new Shop(database, trade.shop.orgId);
    const sell = (customerId: string, amountMinor: number) =>
      trade.merchant.takePayment({ amountMinor, customerId, lines: [{ name: 'Tea', priceMinor: amountMinor }] });
    const ann = await shop.register({ mobile: canaryMobile, external: { provider: 'square', value: 'CANARY-SQ' } });
    const sold = sell('CANARY-SQ', 5000);
    await trade.deliver();
    sell('BOB', 3000);
    await trade.deliver();
    const twice = await shop.register({ external: { provider: 'square', value: 'CANARY-SQ-2' } });
    sell('CANARY-SQ-2', 700);
    await trade.lose();
    await trade.clock.advance(600_000);
    await trade.office.run(trade.shop);
    await shop.merge(twice, ann);
    trade.merchant.refundPayment({ paymentId: sold.id, amountMinor: 1000 });
    await trade.deliver();
    return { trade, shop, ann };
  }

  it('is nowhere any more, whatever is told again, and the books are as they were', async () => {
    const { trade, shop, ann } = await tradeAtSquare();
    const { orgId } = trade.shop;
    const before = await findText(database, ...named);
    expect(Object.keys(before).length).toBeGreaterThan(6);
    await again(trade);
    const ledger = await hashLedger(database, orgId);
    await erase(database, orgId, ann.id);
    expect(await sweep(database)).toBe(1);
    expect(await findText(database, ...named)).toEqual(none);
    expect(await hashLedger(database, orgId)).toEqual(ledger);
    expect(await again(trade)).toMatchObject({ isEqual: true, problems: [], differences: [] });
    await tellAgain(trade);
    await sweep(database);
    const after = await findText(database, ...named);
    expect(after).toEqual(none);
    const { searched, ...places } = before;
    console.info(
      `${Object.keys(places).length} of ${searched} columns named the subject, ${Object.keys(after).length - 1} do`,
    );
    expect(await hashLedger(database, orgId)).toEqual(ledger);
    expect(await shop.faults()).toEqual([]);
    expect((await verifyChain({ database: database.worker, orgId })).findings).toEqual([]);
    expect(await again(trade)).toMatchObject({ isEqual: true, problems: [], differences: [] });
    expect(await findText(database, ...named)).toEqual(none);
    expect(logged).not.toMatch(/canary|5550143/i);
    expect(JSON.stringify(trade.sent)).not.toMatch(/canary/i);
  });

  it('at Clover is no more in what was answered to hints', async () => {
    const trade = outspoken(await openCloverTrade(database));
    const shop = new Shop(database, trade.shop.orgId);
    const { clover, merchantId } = trade;
    clover.takePayment(merchantId, { amount: 2500, tipAmount: 200, customers: [{ id: 'CANARY-CL' }] });
    await trade.deliver();
    const ann = await shop.find({ mobile: canaryMobile });
    expect(ann.wallet.balance).toBe(25);
    const ledger = await hashLedger(database, trade.shop.orgId);
    await erase(database, trade.shop.orgId, ann.id);
    await sweep(database);
    expect(await findText(database, ...named)).toEqual(none);
    await tellAgain(trade);
    await sweep(database);
    expect(await findText(database, ...named)).toEqual(none);
    expect(await hashLedger(database, trade.shop.orgId)).toEqual(ledger);
    expect(await again(trade)).toMatchObject({ isEqual: true, problems: [], differences: [] });
  });

  it('at Xero is a contact without a name, and so are its invoices', async () => {
    const trade = outspoken(await openXeroTrade(database));
    const { organisation } = trade;
    const contactId = organisation.save('Contacts', {
      Name: 'Canary Ann',
      EmailAddress: canaryEmail,
      Phones: [{ PhoneType: 'MOBILE', PhoneCountryCode: '1', PhoneAreaCode: '415', PhoneNumber: '5550143' }],
    });
    await trade.deliver();
    organisation.save('Invoices', {
      Type: 'ACCREC',
      Status: 'DRAFT',
      Contact: { ContactID: contactId, Name: 'Canary Ann' },
      Reference: 'canary',
    } as object);
    organisation.save('Contacts', { Name: 'Bob' });
    await trade.lose();
    await trade.clock.advance(60_000);
    await trade.office.run(trade.shop);
    const ann = await new Shop(database, trade.shop.orgId).register({ email: canaryEmail });
    await again(trade);
    await erase(database, trade.shop.orgId, ann.id);
    await sweep(database);
    expect(await findText(database, ...named, contactId)).toEqual(none);
    organisation.save('Contacts', {
      ContactID: contactId,
      Name: 'Canary Anna',
      EmailAddress: 'new.canary@example.com',
    });
    await tellAgain(trade);
    await sweep(database);
    expect(await findText(database, ...named, contactId)).toEqual(none);
    const names = await trade.office.rows(
      `select resource, body ->> 'Name' as name from sync.objects where org_id = $1 and resource in ('Contacts', 'Invoices') order by 1, 2`,
      trade.shop.orgId,
    );
    expect(names).toEqual([
      { resource: 'Contacts', name: 'Bob' },
      { resource: 'Contacts', name: null },
      { resource: 'Invoices', name: null },
    ]);
    expect(await again(trade)).toMatchObject({ isEqual: true, problems: [], differences: [] });
  });

  it('is out of what was parked too, and a sweep that is stopped at every page comes to its end', async () => {
    const { trade, ann } = await tradeAtSquare();
    const { orgId } = trade.shop;
    await trade.office.rows('update sync.routes set active = false where org_id = $1', orgId);
    trade.merchant.takePayment({
      amountMinor: 900,
      customerId: 'CANARY-SQ',
      lines: [{ name: 'Tea', priceMinor: 900 }],
    });
    await trade.deliver();
    expect(await findText(database, ...named)).toMatchObject({ 'inbox.parked_events.payload': expect.any(Number) });
    await erase(database, orgId, ann.id);
    let runs = 0;
    for (let ended = 0; ended === 0; runs += 1) {
      let pages = 0;
      ended = await sweep(database, { mayGoOn: () => pages++ < 2 });
      expect(runs).toBeLessThan(100);
    }
    expect(runs).toBeGreaterThan(5);
    expect(await findText(database, ...named)).toEqual(none);
  });

  it('is out of deliveries that only repeated, before the erasure, what was known', async () => {
    const trade = outspoken(await openSquareTrade(database));
    trade.merchant.takePayment({
      amountMinor: 900,
      customerId: 'CANARY-SQ',
      lines: [{ name: 'Tea', priceMinor: 900 }],
    });
    await trade.deliver();
    trade.mailbox.unshift(...trade.delivered.map(rewritten));
    await trade.deliver();
    const shop = new Shop(database, trade.shop.orgId);
    await erase(database, trade.shop.orgId, (await shop.bySquare('CANARY-SQ')).id);
    await sweep(database);
    expect(await findText(database, ...named)).toEqual(none);
  });

  it('is out of rebuilds in sales that tell nothing but an address', async () => {
    const trade = outspoken(await openSquareTrade(database));
    const { fetch: ask } = trade.shop;
    trade.shop.fetch = async (...request) => {
      const told = (await (await ask(...request)).text()).replaceAll('"CANARY-SQ"', 'null');
      return new Response(told);
    };
    trade.merchant.takePayment({
      amountMinor: 900,
      customerId: 'CANARY-SQ',
      lines: [{ name: 'Tea', priceMinor: 900 }],
    });
    await trade.lose();
    await trade.clock.advance(600_000);
    await trade.office.run(trade.shop);
    const ann = await new Shop(database, trade.shop.orgId).register({ email: canaryEmail });
    expect(ann.wallet.balance).toBe(9);
    await again(trade);
    expect(await findText(database, canaryEmail)).toMatchObject({ 'loyalty.transactions.contact_email': 2 });
    await erase(database, trade.shop.orgId, ann.id);
    await sweep(database);
    expect(await findText(database, ...named)).toEqual(none);
  });

  it('leaves deliveries whose bytes are known to be those that were left', async () => {
    const { trade, ann } = await tradeAtSquare();
    await erase(database, trade.shop.orgId, ann.id);
    await sweep(database);
    const verify = () =>
      reverify(database.system, { prove: proveWith({ square: [trade.key], xero: [] }), mayGoOn: () => true });
    const report = await verify();
    expect(report.failed.filter(({ why }) => why === 'bytes_changed')).toEqual([]);
    const redacted = Object.values(report.byProvider).reduce((sum, verified) => sum + verified.redacted, 0);
    expect(redacted).toBeGreaterThan(0);
    await database.superuser.query(`update inbox.deliveries set body = body || ' ' where redacted_at is not null`);
    const tampered = await verify();
    expect(tampered.failed.filter(({ why }) => why === 'bytes_changed').length).toBe(redacted);
  });
});
