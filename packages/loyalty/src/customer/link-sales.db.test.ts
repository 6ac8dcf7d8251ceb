import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { applyFacts } from '../transaction/apply-facts.ts';
import { noon, openShop } from './shop.fixture.ts';

const [ann, bob] = [{ email: 'ann@example.com' }, { email: 'bob@example.com' }];
const version = new Date('2026-06-01T12:05:00Z');

describe('an anonymous sale', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it.each([
    ['names nobody', null],
    ['has the address of somebody else', bob],
  ])('L62 stays with whom it was given to when a later version %s', async (_what, customer) => {
    const shop = await openShop(database);
    await shop.register(bob);
    await shop.apply(shop.payment('sale', { customer: ann }));
    await shop.register(ann);
    await shop.apply(shop.payment('sale', { customer, amountMinor: 3000, version }));
    expect([(await shop.find(ann)).wallet.balance, (await shop.find(bob)).wallet.balance]).toEqual([30, 0]);
  });

  it('L62 is given to whose address a later version has', async () => {
    const shop = await openShop(database);
    await shop.register(ann);
    await shop.apply(shop.payment('sale'));
    await shop.apply(shop.payment('sale', { customer: ann, version }));
    expect((await shop.find(ann)).wallet.balance).toBe(50);
  });

  it('L62 is given away after a refund of it that is being told', async () => {
    const shop = await openShop(database);
    await shop.apply(shop.payment('early', { customer: ann }));
    const waiting = async () => {
      const { rowCount } = await database.superuser.query(
        `select from pg_locks l join pg_database d on d.oid = l.database
         where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`,
      );
      return rowCount;
    };
    const { giving } = await shop.run(async (tx) => {
      await applyFacts(tx, [shop.refund('early', 2500)], noon);
      const giving = shop.sell('late', 'ANN', { customer: { externalId: 'ANN', ...ann } });
      // Or done, if it does not wait: then both sales earned in full.
      await Promise.race([giving, vi.waitFor(async () => expect(await waiting()).toBe(1), { timeout: 5000 })]);
      return { giving };
    }, 'worker');
    await giving;
    expect((await shop.find(ann)).wallet.balance).toBe(75);
    expect(await shop.faults()).toEqual([]);
  });
});
