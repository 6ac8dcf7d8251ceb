import type { PaymentFact } from '@tributary/core/facts';
import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { applyFacts } from '../transaction/apply-facts.ts';
import { lockSales } from '../transaction/sale-state.ts';
import { noon, openTill, type Till } from './till.fixture.ts';

const payment = (change: Partial<PaymentFact> = {}): PaymentFact => ({
  kind: 'payment',
  provider: 'square',
  externalId: 'pay-1',
  status: 'completed',
  amountMinor: 5000,
  tipMinor: 0,
  taxMinor: null,
  refundedMinor: 0,
  currency: 'USD',
  customer: { externalId: 'ann' },
  lineItems: null,
  takenAt: noon,
  version: noon,
  ...change,
});
const sale = { provider: 'square' as const, providerTransactionId: 'pay-1' };

describe('a reward of $5 used on a sale of $50', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const tell = (till: Till, change: Partial<PaymentFact> = {}) =>
    till.run((tx) => applyFacts(tx, [payment(change)], noon), 'worker');

  /** A till at the wallet of a customer with 1000 points. */
  async function open(): Promise<Till> {
    const till = await openTill(database, 0);
    await tell(till, { externalId: 'hello', amountMinor: 1 });
    const [wallet] = await till.run((tx) =>
      tx.query<{ id: string; account_id: string }>(
        `select w.id, w.account_id from loyalty.wallets w
         join loyalty.customer_identities i on i.org_id = w.org_id and i.customer_id = w.customer_id
         where w.org_id = $1 and i.value = 'ann'`,
        [tx.orgId],
      ),
    );
    till.walletId = showId('wallet', wallet?.id ?? '');
    till.accountId = wallet?.account_id ?? '';
    await till.give(1000);
    return till;
  }

  it.each([
    ['tender', 'is known', 45],
    ['tender', 'is told later', 45],
    ['discount', 'is known', 50],
    ['discount', 'is told later', 50],
  ] as const)('as %s, when the sale %s: it earns %d points', async (appliedAs, when, earned) => {
    const till = await open();
    const { id } = await till.issue({ points: 500, basketMinor: 5000 });
    if (when === 'is known') await tell(till);
    await till.redeem(id, noon, { appliedAs, sale });
    if (when === 'is told later') await tell(till);
    expect(await till.shows()).toEqual([500 + earned, 0]);
    expect(await till.faults()).toEqual([]);
  });

  it('waits for a sale that is being told, and keeps nobody from the wallet meanwhile', async () => {
    const till = await open();
    const { id } = await till.issue({ points: 500, basketMinor: 5000 });
    const waiting = async () => {
      const { rows } = await database.superuser.query(
        `select from pg_locks l join pg_database d on d.oid = l.database
         where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`,
      );
      return rows.length;
    };
    const redeeming = await till.run(async (tx) => {
      await lockSales(tx, [{ provider: sale.provider, externalId: sale.providerTransactionId }]);
      const redeemed = till.redeem(id, noon, { sale });
      await vi.waitFor(async () => expect(await waiting()).toBe(1), { timeout: 5000 });
      await till.issue({ points: 1 });
      return { redeemed };
    }, 'worker');
    expect(await redeeming.redeemed).toMatchObject({ status: 'redeemed', sale });
    expect(await till.shows()).toEqual([499, 1]);
  });

  it('used by four tills on four sales that are told at the same time, each sale earns for what was paid in money', async () => {
    const till = await open();
    const names = ['a', 'b', 'c', 'd'];
    const rewards = await Promise.all(names.map(() => till.issue({ points: 200, basketMinor: 5000 })));
    await Promise.all(
      names.flatMap((name, index) => [
        tell(till, { externalId: name }),
        till.redeem(rewards[index]?.id ?? '', noon, {
          appliedAs: 'tender',
          sale: { provider: 'square', providerTransactionId: name },
        }),
      ]),
    );
    expect(await till.shows()).toEqual([200 + 4 * 48, 0]);
    expect(await till.faults()).toEqual([]);
  });
});
