import type { PaymentFact, RefundFact } from '@tributary/core/facts';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { expireLots, releaseLots } from '@tributary/ledger/lots';
import { postAll } from '@tributary/ledger/post';
import { reconcile } from '@tributary/ledger/reconcile';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { activateRule } from '../rule/activate-rule.ts';
import { createRule } from '../rule/create-rule.ts';
import type { RuleConfig } from '../rule/rule-config.ts';
import { pointsAccount } from '../wallet/points-accounts.ts';
import { applyFacts, recomputeSales } from './apply-facts.ts';
import { later, payment, refund, soldAt } from './facts.fixture.ts';

const day = (text: string) => new Date(`${text}T00:00:00Z`);
describe('a points programme', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function merchant(config: Partial<RuleConfig> = {}) {
    const orgId = await createOrganization(database);
    const run = <T>(work: (tx: TenantTransaction) => Promise<T>) =>
      withTenant({ database: database.worker, orgId }, work);
    await withTenant({ database: database.api, orgId }, async (tx) => {
      const rule = await createRule({ tx, actor: 'owner' }, { config: { conversionRate: 1, ...config } });
      await activateRule({ tx, actor: 'owner' }, { ruleId: rule.id, effectiveFrom: '2026-01-01T00:00:00Z' });
    });
    const apply = async (facts: (PaymentFact | RefundFact)[], now = later(5)) => {
      await run((tx) => applyFacts(tx, facts, now));
      expect(await run((tx) => reconcile(tx, later(5)))).toEqual([]);
    };
    const query = (text: string) => run((tx) => tx.query<Record<string, unknown>>(text, [tx.orgId]));
    /** What every wallet can spend, by one of its customer's names, and what waits. */
    const holds = () =>
      query(
        `select (select min(i.value) from loyalty.customer_identities i where i.org_id = $1 and i.customer_id = w.customer_id) as name,
           a.balance, coalesce(p.balance, 0) as waiting
         from loyalty.wallets w join ledger.accounts a on a.org_id = $1 and a.id = w.account_id
         left join ledger.accounts p on p.org_id = $1 and p.id = w.pending_account_id
         where w.org_id = $1 order by 1`,
      );
    const events = () =>
      query('select kind, points, waived from loyalty.reward_events where org_id = $1 order by created_at, id');
    /** Takes points out of the only wallet, as spending them would. */
    const spend = (points: number) =>
      run(async (tx) => {
        const [wallet] = await tx.query<{ account_id: string }>(
          'select account_id from loyalty.wallets where org_id = $1',
          [tx.orgId],
        );
        const legs = [
          { accountId: wallet?.account_id ?? '', amount: -points },
          { accountId: await pointsAccount(tx, 'redeemed'), amount: points },
        ];
        await postAll(tx, [{ key: `spent ${points}`, kind: 'redeem', effectiveAt: soldAt, legs }]);
      });
    return { orgId, run, apply, query, holds, events, spend };
  }

  it('L34 points wait, can be spent from their day on, and expire a month after that', async () => {
    const { run, apply, holds } = await merchant({ pendingDays: 7, expiry: { months: 1, roundUp: 'day' } });
    await apply([payment()]);
    expect(await holds()).toEqual([{ name: 'ann', balance: 0, waiting: 50 }]);
    expect(await run((tx) => releaseLots(tx, { at: day('2026-06-07'), limit: 10 }))).toBe(0);
    expect(await run((tx) => releaseLots(tx, { at: day('2026-06-08'), limit: 10 }))).toBe(1);
    expect(await holds()).toEqual([{ name: 'ann', balance: 50, waiting: 0 }]);
    const expire = (at: Date) =>
      run(async (tx) => expireLots(tx, { at, limit: 10, intoAccountId: await pointsAccount(tx, 'expired') }));
    expect(await expire(day('2026-07-08'))).toBe(0);
    expect(await expire(day('2026-07-09'))).toBe(1);
    expect(await holds()).toEqual([{ name: 'ann', balance: 0, waiting: 0 }]);
    expect(await run((tx) => reconcile(tx, later(5)))).toEqual([]);
  });

  it('L34 a refund while the points wait takes them back from where they wait', async () => {
    const { apply, holds, events } = await merchant({ pendingDays: 7, clawbackPolicy: 'only_pending' });
    await apply([payment()]);
    await apply([refund({ amountMinor: 2500 })]);
    expect(await holds()).toEqual([{ name: 'ann', balance: 0, waiting: 25 }]);
    await apply([refund({ externalId: 'ref-2', amountMinor: 2500 })]);
    expect(await holds()).toEqual([{ name: 'ann', balance: 0, waiting: 0 }]);
    expect((await events()).every(({ waived }) => waived === 0)).toBe(true);
  });

  it.each([
    ['within_balance', 0, -20, -30],
    ['allow_negative', -30, -50, 0],
    ['only_pending', 20, 0, -50],
  ] as const)('L48 earn, spend, refund under %s', async (clawbackPolicy, balance, points, waived) => {
    const { apply, holds, events, spend } = await merchant({ clawbackPolicy });
    await apply([payment()]);
    await spend(30);
    await apply([refund({ amountMinor: 5000 })]);
    expect(await holds()).toEqual([{ name: 'ann', balance, waiting: 0 }]);
    expect((await events()).at(-1)).toEqual({ kind: 'clawback', points, waived });
    await apply([refund({ amountMinor: 5000 }), payment({ refundedMinor: 5000, version: later(9) })]);
    expect(await holds()).toEqual([{ name: 'ann', balance, waiting: 0 }]);
  });

  it('L56 points earned after a clawback below zero pay the debt first', async () => {
    const { apply, holds, spend, query } = await merchant({ clawbackPolicy: 'allow_negative' });
    await apply([payment()]);
    await spend(50);
    await apply([refund({ amountMinor: 5000 })]);
    await apply([payment({ externalId: 'pay-2', amountMinor: 7000 })]);
    expect(await holds()).toEqual([{ name: 'ann', balance: 20, waiting: 0 }]);
    expect(await query('select sum(remaining) as left from ledger.lots where org_id = $1')).toEqual([{ left: '20' }]);
  });

  it('notes a wallet with more sales in an hour than its rule lets pass, once', async () => {
    const { apply, query } = await merchant({
      limits: { pointsEarnedPerDay: null, redemptionsPerDay: null, pointsRedeemedPerDay: null, salesPerHourAlert: 2 },
    });
    const alerts = () => query('select hour, sales from loyalty.velocity_alerts where org_id = $1');
    await apply([payment({ externalId: 'a' }), payment({ externalId: 'b' })]);
    expect(await alerts()).toEqual([]);
    await apply([payment({ externalId: 'c' }), payment({ externalId: 'x', customer: { externalId: 'bob' } })]);
    await apply([payment({ externalId: 'd' })]);
    expect(await alerts()).toEqual([{ hour: soldAt, sales: 3 }]);
  });

  it('one customer at two providers, known by the same address, has one wallet', async () => {
    const { apply, holds } = await merchant();
    await apply([
      payment({ customer: { externalId: 'sq', email: ' Ann@Example.com' } }),
      payment({
        provider: 'clover',
        externalId: 'c-1',
        customer: { externalId: 'cl', email: 'ann@example.com', mobile: '(415) 555-0100' },
      }),
    ]);
    await apply([payment({ provider: 'clover', externalId: 'c-2', customer: { externalId: 'cl' } })]);
    expect(await holds()).toEqual([{ name: '+14155550100', balance: 150, waiting: 0 }]);
  });

  it('L62 an anonymous sale is paid once when its address turns up with a customer, under the rule of its time', async () => {
    const { apply, holds, query } = await merchant();
    await apply([payment({ externalId: 'early', customer: { email: 'ann@example.com' } })]);
    expect(await holds()).toEqual([]);
    await apply([payment({ externalId: 'late', customer: { externalId: 'ann', email: 'ANN@example.com' } })]);
    await apply([payment({ externalId: 'early', customer: { email: 'ann@example.com' }, version: later(3) })]);
    await apply([payment({ externalId: 'third', customer: { email: 'ann@example.com' } })]);
    expect(await holds()).toEqual([{ name: 'ann', balance: 150, waiting: 0 }]);
    expect(
      await query('select count(*)::int as links from loyalty.transactions where org_id = $1 and customer_id is null'),
    ).toEqual([{ links: 2 }]);
  });

  it('names that belong to two customers leave both as they are', async () => {
    const { apply, holds } = await merchant();
    await apply([payment({ customer: { externalId: 'ann', email: 'ann@example.com' } })]);
    await apply([payment({ externalId: 'p-2', customer: { externalId: 'bob' } })]);
    await apply([payment({ externalId: 'p-3', customer: { externalId: 'bob', email: 'ann@example.com' } })]);
    expect(await holds()).toEqual([
      { name: 'ann', balance: 50, waiting: 0 },
      { name: 'bob', balance: 100, waiting: 0 },
    ]);
  });

  it('S1-072 a frozen wallet neither earns nor loses; its sales are kept and made good', async () => {
    const { orgId, run, apply, holds } = await merchant();
    await apply([payment()]);
    const set = (status: string) =>
      database.superuser.query('update loyalty.wallets set status = $2 where org_id = $1', [orgId, status]);
    await set('frozen');
    await apply([payment({ externalId: 'pay-2' }), refund({ amountMinor: 2500 })]);
    expect(await holds()).toEqual([{ name: 'ann', balance: 50, waiting: 0 }]);
    await set('active');
    await run((tx) => recomputeSales(tx, [{ provider: 'square', externalId: 'pay-1' }], later(9)));
    await run((tx) => recomputeSales(tx, [{ provider: 'square', externalId: 'pay-2' }], later(9)));
    expect(await holds()).toEqual([{ name: 'ann', balance: 75, waiting: 0 }]);
  });

  it('twenty batches at once about one new customer make one customer and count every sale', async () => {
    const { run, holds } = await merchant();
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        run((tx) => applyFacts(tx, [payment({ externalId: `p-${index}`, customer: { externalId: 'ann' } })], later(5))),
      ),
    );
    expect(await holds()).toEqual([{ name: 'ann', balance: 1000, waiting: 0 }]);
    expect(await run((tx) => reconcile(tx, later(5)))).toEqual([]);
  });
});
