import type { PaymentFact } from '@tributary/core/facts';
import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { createCustomers } from '../customer/create-customers.ts';
import { mergeCustomers } from '../customer/merge-customers.ts';
import { applyFacts } from '../transaction/apply-facts.ts';
import { payment } from '../transaction/facts.fixture.ts';
import { lockSales } from '../transaction/sale-state.ts';
import { getWallet } from '../wallet/get-wallet.ts';
import { after, day, noon, openTill, type Till } from './till.fixture.ts';

const sale = { provider: 'square' as const, providerTransactionId: 'pay-1' };

describe('a reward of $5 used on a sale of $50', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const tell = (till: Till, change: Partial<PaymentFact> = {}) =>
    till.run((tx) => applyFacts(tx, [payment({ takenAt: noon, version: noon, ...change })], noon), 'worker');

  /** The till serves the wallet of ann. */
  async function serve(till: Till): Promise<void> {
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
  }

  /** A till at the wallet of ann, who has 1000 points. */
  async function open(config: Parameters<typeof openTill>[2] = {}): Promise<Till> {
    const till = await openTill(database, 0, config);
    await tell(till, { externalId: 'hello', amountMinor: 1 });
    await serve(till);
    await till.give(1000, day('2027-03-01'));
    return till;
  }

  /** Uses the reward on the sale: 500 points are left. */
  async function spend(till: Till, appliedAs: 'tender' | 'discount' = 'tender'): Promise<void> {
    const { id } = await till.issue({ points: 500, basketMinor: 5000 });
    await till.redeem(id, noon, { appliedAs, sale });
  }

  /** What is left of the wallet's lots, by the day it expires. */
  async function lotsByDate(till: Till): Promise<Record<string, number>> {
    const left: Record<string, number> = {};
    for (const { expiresAt, remaining } of await till.lots()) {
      const date = expiresAt?.toISOString().slice(0, 10) ?? 'never';
      left[date] = (left[date] ?? 0) + remaining;
    }
    return left;
  }

  it.each([
    ['tender', 'is known', 45],
    ['tender', 'is told later', 45],
    ['discount', 'is known', 50],
    ['discount', 'is told later', 50],
  ] as const)('as %s, when the sale %s: it earns %d points', async (appliedAs, when, earned) => {
    const till = await open();
    if (when === 'is known') await tell(till);
    await spend(till, appliedAs);
    if (when === 'is told later') await tell(till);
    expect(await till.shows()).toEqual([500 + earned, 0]);
    expect(await till.faults()).toEqual([]);
  });

  it.each([
    ['tender', 'cancelled', 1000, { status: 'cancelled' }],
    ['discount', 'cancelled', 1000, { status: 'cancelled' }],
    ['tender', 'refunded in full', 1000, { refundedMinor: 5000 }],
    ['tender', 'refunded in half', 523, { refundedMinor: 2500 }],
  ] as const)('L44 as %s, when the sale is %s: %d points are left', async (appliedAs, _how, left, change) => {
    const till = await open();
    await spend(till, appliedAs);
    await tell(till);
    const undo = () => tell(till, { ...change, version: after(1) });
    await undo();
    await undo();
    expect(await till.shows()).toEqual([left, 0]);
    expect(await till.faults()).toEqual([]);
  });

  it('L47 its points come back with the date they had', async () => {
    const till = await open();
    await spend(till);
    await tell(till, { status: 'cancelled' });
    expect(await lotsByDate(till)).toEqual({ '2027-03-01': 1000 });
  });

  it('L44 gives its points back at once when nothing is left of the sale it is used on', async () => {
    const till = await open();
    await tell(till, { status: 'cancelled' });
    await spend(till);
    expect(await till.shows()).toEqual([1000, 0]);
  });

  it('S1-072 gives nothing back to a wallet that is frozen, though the sale is of another, until it is not', async () => {
    const till = await open();
    await spend(till);
    const cancel = () => tell(till, { customer: { externalId: 'bob' }, status: 'cancelled' });
    await till.setWallet(`status = 'frozen'`);
    await cancel();
    expect(await till.shows()).toEqual([500, 0]);
    await till.setWallet(`status = 'active'`);
    await cancel();
    expect(await till.shows()).toEqual([1000, 0]);
  });

  it('L44 L47 L63 gives its points back, with the date they had, to whom the customer was merged into', async () => {
    const till = await open();
    await spend(till);
    const { customer } = await getWallet({ database: database.api, orgId: till.orgId }, { walletId: till.walletId });
    const [made] = await till.run((tx) => createCustomers(tx, 1));
    const pair = { from: customer.id, into: showId('customer', made ?? ''), reason: 'the same person' };
    await till.run((tx) => mergeCustomers({ tx, actor: 'owner', now: noon }, pair));
    await tell(till, { status: 'cancelled' });
    expect(await till.shows()).toEqual([0, 0]);
    await serve(till);
    expect(await till.shows()).toEqual([1000, 0]);
    expect(await lotsByDate(till)).toEqual({ '2027-03-01': 1000 });
    expect(await till.faults()).toEqual([]);
  });

  it('L8 L44 its points that come back count for no limit of what a day earns', async () => {
    const till = await open({ limits: { pointsEarnedPerDay: 60 } });
    await spend(till);
    await tell(till, { status: 'cancelled' });
    await tell(till, { externalId: 'pay-2' });
    expect(await till.shows()).toEqual([1050, 0]);
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
