import { Shop } from '@tributary/loyalty/customer/shop.fixture';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { canaryEmail, erase, findText, sweep } from './erase.fixture.ts';
import { again } from './rebuild.fixture.ts';
import { away } from './reconcile.fixture.ts';
import { openXeroTrade } from './trade.fixture.ts';

describe('a day on which Xero lists a contact who was erased here', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    // Webhooks log.
    vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  });

  /** Ann is a contact there and a customer here; every question that is asked is kept. */
  async function open() {
    const trade = await openXeroTrade(database);
    const { organisation, office, clock, shop } = trade;
    const asked: string[] = [];
    const { fetch: ask } = shop;
    shop.fetch = (input, init) => {
      asked.push(input instanceof Request ? input.url : String(input));
      return ask(input, init);
    };
    const contactId = organisation.save('Contacts', { Name: 'Ann', EmailAddress: canaryEmail });
    organisation.save('Contacts', { Name: 'Bob' });
    await trade.deliver();
    await clock.advance(1000);
    const ann = await new Shop(database, shop.orgId).register({ email: canaryEmail });
    const change = (Name: string, options: { updatedAt?: Date } = {}) =>
      organisation.save('Contacts', { ContactID: contactId, Name }, options);
    const pseudonym = async () => {
      const rows = await office.rows<{ id: string }>(
        `select external_id as id from sync.objects where org_id = $1 and resource = 'Contacts' and body ->> 'Name' is null`,
        shop.orgId,
      );
      expect(rows).toHaveLength(1);
      return (rows[0] as { id: string }).id;
    };
    asked.length = 0;
    return { trade, asked, contactId, change, pseudonym, eraseAnn: () => erase(database, shop.orgId, ann.id) };
  }

  const agrees = { status: 'agrees', drifts: {}, listed: { Contacts: { count: 2 } }, held: { Contacts: { count: 2 } } };

  it.each(['before', 'after'] as const)('agrees %s the raw bytes were gone through', async (when) => {
    const { trade, asked, eraseAnn } = await open();
    await eraseAnn();
    if (when === 'after') await sweep(database);
    expect((await trade.check()).days).toMatchObject([agrees]);
    expect(asked.filter((url) => url.includes('/Contacts/'))).toEqual([]);
    if (when === 'before') await sweep(database);
  });

  it('agrees while the contact is held twice, under the name and the pseudonym', async () => {
    const { trade, change, eraseAnn } = await open();
    await eraseAnn();
    change('Canary');
    await trade.deliver();
    expect((await trade.check()).days).toMatchObject([agrees]);
    await sweep(database);
    expect((await trade.check()).days).toMatchObject([agrees]);
  });

  it('agrees though the contact changed since and is listed no more: nobody asks for a pseudonym', async () => {
    const { trade, asked, change, pseudonym, eraseAnn } = await open();
    await eraseAnn();
    await sweep(database);
    change('Anna', { updatedAt: new Date(trade.clock.now().getTime() + 24 * 60 * 60_000) });
    await trade.lose();
    const without = { listed: { Contacts: { count: 1 } }, held: { Contacts: { count: 1 } } };
    expect((await trade.check()).days).toMatchObject([{ status: 'agrees', ...without }]);
    expect(asked.join()).not.toContain(await pseudonym());
  });

  it('finds under the pseudonym what was missed, and walks to bring it in', async () => {
    const { trade, asked, contactId, change, pseudonym, eraseAnn } = await open();
    await eraseAnn();
    await sweep(database);
    change('Canary');
    await trade.lose();
    const { days, requeued } = await trade.check({ requeue: true });
    expect(days).toMatchObject([{ status: 'drifts', drifts: { stale: 1 } }]);
    expect(Object.values(requeued)).toEqual([{ applied: 0, fetched: 0, walked: 1, left: 0 }]);
    const drift = { resource: 'Contacts', external_id: await pseudonym(), cause: 'stale', event: false };
    expect(await trade.drifts()).toEqual([{ ...drift, status: 'requeued' }]);
    expect(trade.sent.sync).toMatchObject([{ kind: 'sync', trigger: 'reconciliation' }]);
    await trade.office.run(trade.shop);
    await trade.clock.advance(1000);
    expect((await trade.check()).days).toMatchObject([agrees]);
    expect(await trade.drifts()).toEqual([{ ...drift, status: 'settled' }]);
    expect(asked.join()).not.toContain(await pseudonym());
    expect(await findText(database, 'canary', contactId)).toEqual({ searched: expect.any(Number) });
    expect(await again(trade)).toMatchObject({ isEqual: true, problems: [], differences: [] });
  });

  it('says which event waits, which names the contact as Xero does', async () => {
    const { trade, change, eraseAnn } = await open();
    await eraseAnn();
    await sweep(database);
    change('Canary');
    await trade.deliver({ callOf: away });
    expect((await trade.check({ requeue: true })).days).toMatchObject([{ drifts: { unapplied: 1 } }]);
    await trade.deliver();
    await trade.clock.advance(1000);
    expect((await trade.check()).days).toMatchObject([agrees]);
    await sweep(database);
  });

  it('keeps no name of whoever is erased while it is being compared', async () => {
    const { trade, change, contactId, eraseAnn } = await open();
    change('Canary');
    await trade.lose();
    const { waitingFor } = trade.composed;
    trade.composed.waitingFor = async (...asked) => {
      await eraseAnn();
      await sweep(database);
      return waitingFor(...asked);
    };
    expect((await trade.check()).days).toMatchObject([{ status: 'drifts', drifts: { stale: 1 } }]);
    expect(await trade.drifts()).toMatchObject([{ cause: 'stale' }]);
    expect(await findText(database, contactId)).toEqual({ searched: expect.any(Number) });
  });
});
