import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openShop, refusal, type Shop } from './shop.fixture.ts';

const square = (value: string) => ({ external: { provider: 'square', value } });

/** Something a provider tells of one of four sales. */
interface Told {
  kind: 'payment' | 'cancellation' | 'refund';
  sale: number;
  buyer: 'ANN' | 'BOB' | null;
  amountMinor: number;
}
const anyTold = fc.record({
  kind: fc.constantFrom('payment', 'cancellation', 'refund'),
  sale: fc.integer({ min: 0, max: 3 }),
  buyer: fc.constantFrom('ANN', 'BOB', null),
  amountMinor: fc.integer({ min: 0, max: 20_000 }),
}) satisfies fc.Arbitrary<Told>;

function factOf(shop: Shop, { kind, sale, buyer, amountMinor }: Told, index: number): PaymentFact | RefundFact {
  const version = new Date(Date.UTC(2026, 5, 1, 13, index));
  if (kind === 'refund') return { ...shop.refund(`sale ${sale}`, amountMinor), version };
  const status = kind === 'payment' ? 'completed' : 'cancelled';
  const customer = buyer === null ? null : { externalId: buyer };
  return shop.payment(`sale ${sale}`, { status, customer, amountMinor, version });
}

describe('merging while other things happen', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function annAndBob(shop: Shop) {
    return { ann: await shop.register(square('ANN')), bob: await shop.register(square('BOB')) };
  }
  /** Points on wallets that were merged, where nobody can spend them. */
  const stranded = async (shop: Shop) =>
    (
      await database.superuser.query(
        `select a.balance from loyalty.wallets w join ledger.accounts a on a.id in (w.account_id, w.pending_account_id)
         where w.org_id = $1 and w.merged_into is not null and a.balance <> 0`,
        [shop.orgId],
      )
    ).rows;

  it('L63 by many at once happens once, and all hear the same', async () => {
    const shop = await openShop(database);
    const { ann, bob } = await annAndBob(shop);
    await shop.sell('sale', 'ANN');
    const answers = await Promise.all(Array.from({ length: 8 }, () => shop.merge(ann, bob)));
    expect(new Set(answers.map((answer) => JSON.stringify(answer))).size).toBe(1);
    expect(answers[0]?.wallet.balance).toBe(50);
    const { rows } = await database.superuser.query(
      `select count(*)::int as records from audit.records where org_id = $1 and action = 'customer.merge'`,
      [shop.orgId],
    );
    expect(rows).toEqual([{ records: 1 }]);
  });

  it('each of two into the other: one wins, and the other is refused', async () => {
    for (let round = 0; round < 5; round += 1) {
      const shop = await openShop(database);
      const { ann, bob } = await annAndBob(shop);
      const outcomes = await Promise.all([refusal(shop.merge(ann, bob)), refusal(shop.merge(bob, ann))]);
      expect(outcomes.map(String).sort()).toEqual(['accepted', 'conflict']);
    }
  });

  it('L63 sales and refunds of the one that are told meanwhile end with the other', async () => {
    const shop = await openShop(database, { clawbackPolicy: 'allow_negative' });
    const { ann, bob } = await annAndBob(shop);
    const numbers = Array.from({ length: 16 }, (_, index) => index);
    await Promise.all(numbers.slice(0, 8).map((number) => shop.sell(`sale ${number}`, 'ANN')));
    await Promise.all([
      ...numbers.slice(8).map((number) => shop.sell(`sale ${number}`, 'ANN')),
      ...numbers.slice(0, 8).map((number) => shop.apply(shop.refund(`sale ${number}`, 2500))),
      shop.merge(ann, bob),
    ]);
    expect(await stranded(shop)).toEqual([]);
    expect((await shop.show(ann.id)).wallet).toMatchObject({ id: bob.wallet.id, balance: 16 * 50 - 8 * 25 });
    expect(await shop.faults()).toEqual([]);
  });

  it('L63 a sale that began before the merge was done is settled after it', async () => {
    const shop = await openShop(database);
    const { ann, bob } = await annAndBob(shop);
    await shop.sell('before', 'ANN');
    const { superuser } = database;
    const waiting = async () =>
      (
        await superuser.query(`select from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`, [
          database.name,
        ])
      ).rowCount;
    const patiently = { timeout: 10_000 };
    await superuser.query('begin');
    await superuser.query('select from ledger.accounts where org_id = $1 for update', [shop.orgId]);
    const merging = shop.merge(ann, bob);
    await expect.poll(waiting, patiently).toBe(1);
    const selling = shop.sell('meanwhile', 'ANN');
    await expect.poll(waiting, patiently).toBe(2);
    await superuser.query('rollback');
    await Promise.all([merging, selling]);
    expect(await stranded(shop)).toEqual([]);
    expect((await shop.show(bob.id)).wallet.balance).toBe(100);
  });

  it('L62 who registers with a name of the one meanwhile is the other, with all the names', async () => {
    for (let round = 0; round < 5; round += 1) {
      const shop = await openShop(database);
      const { ann, bob } = await annAndBob(shop);
      const email = 'ann@example.com';
      await shop.apply(shop.payment('by mail', { customer: { email } }));
      await Promise.all([shop.register({ ...square('ANN'), email }), shop.merge(ann, bob)]);
      const found = await shop.find({ email });
      expect(found).toMatchObject({ id: bob.id, wallet: { balance: 50 } });
      expect(found.identities).toHaveLength(3);
      expect(await stranded(shop)).toEqual([]);
    }
  });

  it('L63 when a merge happens between sales, refunds and cancellations makes no difference in the end', async () => {
    const balanceAfter = async (facts: readonly Told[], mergeAt: number) => {
      const shop = await openShop(database, { clawbackPolicy: 'allow_negative' });
      const { ann, bob } = await annAndBob(shop);
      for (const [index, one] of facts.entries()) {
        if (index === mergeAt) await shop.merge(ann, bob);
        await shop.apply(factOf(shop, one, index));
      }
      const { wallet } = await shop.merge(ann, bob);
      expect(await shop.faults()).toEqual([]);
      expect(await stranded(shop)).toEqual([]);
      return wallet.balance;
    };
    const facts = fc.array(anyTold, { minLength: 2, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(facts, fc.nat(), async (told, at) => {
        expect(await balanceAfter(told, at % told.length)).toBe(await balanceAfter(told, told.length));
      }),
      { numRuns: 15 },
    );
  });
});
