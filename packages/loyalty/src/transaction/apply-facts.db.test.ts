import { createHash } from 'node:crypto';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { reconcile } from '@tributary/ledger/reconcile';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { activateRule } from '../rule/activate-rule.ts';
import { createRule } from '../rule/create-rule.ts';
import { applyFacts } from './apply-facts.ts';
import { later, payment, refund, soldAt } from './facts.fixture.ts';
import { historyOfSales, type SaleFact, shuffled } from './histories.fixture.ts';

/** One hash over what the ledger says: per customer, sale and kind the points, and every balance. Ids are drawn anew each run, so names stand for them. */
async function ledgerHash(tx: TenantTransaction): Promise<string> {
  const rows = await tx.query(
    `select c.value, t.provider_transaction_id, e.kind, sum(e.points) as points
     from loyalty.reward_events e join loyalty.transactions t on t.org_id = e.org_id and t.id = e.transaction_id
     join loyalty.wallets w on w.org_id = e.org_id and w.id = e.wallet_id
     join loyalty.customer_identities c on c.org_id = e.org_id and c.customer_id = w.customer_id and c.kind = 'external'
     where e.org_id = $1 group by 1, 2, 3 having sum(e.points) <> 0
     union all
     select c.value, '', 'balance', a.balance from loyalty.wallets w
     join ledger.accounts a on a.org_id = w.org_id and a.id = w.account_id
     join loyalty.customer_identities c on c.org_id = w.org_id and c.customer_id = w.customer_id and c.kind = 'external'
     where w.org_id = $1 and a.balance <> 0
     order by 1, 2, 3`,
    [tx.orgId],
  );
  return createHash('sha256').update(JSON.stringify(rows)).digest('hex');
}

describe('applyFacts', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function merchant(conversionRate = 1) {
    const orgId = await createOrganization(database);
    const addRule = (rate: number, effectiveFrom: Date) =>
      withTenant({ database: database.api, orgId }, async (tx) => {
        const rule = await createRule({ tx, actor: 'owner' }, { config: { conversionRate: rate } });
        return activateRule({ tx, actor: 'owner' }, { ruleId: rule.id, effectiveFrom: effectiveFrom.toISOString() });
      });
    await addRule(conversionRate, new Date('2026-01-01T00:00:00Z'));
    const run = <T>(work: (tx: TenantTransaction) => Promise<T>) =>
      withTenant({ database: database.worker, orgId }, work);
    const apply = (...facts: SaleFact[]) => run((tx) => applyFacts(tx, facts, later(60)));
    const balances = async () => {
      const rows = await run((tx) =>
        tx.query<{ external_id: string; balance: number }>(
          `select c.value as external_id, a.balance from loyalty.wallets w join ledger.accounts a on a.org_id = w.org_id and a.id = w.account_id
           join loyalty.customer_identities c on c.org_id = w.org_id and c.customer_id = w.customer_id and c.kind = 'external'
           where w.org_id = $1`,
          [orgId],
        ),
      );
      return Object.fromEntries(rows.map(({ external_id, balance }) => [external_id, balance]));
    };
    return { orgId, addRule, run, apply, balances };
  }

  it('S1-069 opens one wallet per customer and credits a completed sale', async () => {
    const { apply, balances } = await merchant();
    await apply(
      payment(),
      payment({ externalId: 'pay-2', amountMinor: 199 }),
      payment({ externalId: 'pay-3', customer: { externalId: 'bob' } }),
    );
    expect(await balances()).toEqual({ ann: 51, bob: 50 });
  });

  it('L64 the same payment three times is one transaction, one reward event, one credit', async () => {
    const { apply, run, balances } = await merchant();
    await apply(payment(), payment());
    await apply(payment());
    const counts = await run((tx) =>
      tx.query(
        `select (select count(*) from loyalty.transactions where org_id = $1) as sales,
           (select count(*) from loyalty.reward_events where org_id = $1) as rewards,
           (select count(*) from loyalty.wallet_ledger where org_id = $1) as credits`,
        [tx.orgId],
      ),
    );
    expect(counts).toEqual([{ sales: 1, rewards: 1, credits: 1 }]);
    expect(await balances()).toEqual({ ann: 50 });
  });

  it('L65 payment created, updated and refunded are three events of one sale', async () => {
    const { apply, run } = await merchant();
    await apply(payment({ status: 'pending' }));
    await apply(payment({ version: later(2) }));
    await apply(refund({ version: later(3) }));
    const ledger = await run((tx) =>
      tx.query(
        'select entry_type, kind, points, balance_after, provider_transaction_id as sale from loyalty.wallet_ledger where org_id = $1 order by version',
        [tx.orgId],
      ),
    );
    expect(ledger).toEqual([
      { entry_type: 'credit', kind: 'earn', points: 50, balance_after: 50, sale: 'pay-1' },
      { entry_type: 'debit', kind: 'clawback', points: 25, balance_after: 25, sale: 'pay-1' },
    ]);
  });

  it('L43 takes back by the rule the sale was rewarded under, whatever the rule is now', async () => {
    const { apply, addRule, balances } = await merchant(1);
    await apply(payment());
    await addRule(2, later(-60));
    await apply(refund({ amountMinor: 2500 }));
    expect(await balances()).toEqual({ ann: 25 });
    await apply(refund({ externalId: 'ref-2', amountMinor: 2500 }));
    expect(await balances()).toEqual({ ann: 0 });
  });

  it('S1-093 rewards a sale by the rule in force at its own time', async () => {
    const { apply, addRule, balances } = await merchant(1);
    await addRule(3, soldAt);
    await apply(
      payment({ takenAt: later(-1) }),
      payment({ externalId: 'pay-2', takenAt: soldAt, customer: { externalId: 'bob' } }),
    );
    expect(await balances()).toEqual({ ann: 50, bob: 150 });
  });

  it('S1-057 keeps an anonymous sale and pays it once its customer is told', async () => {
    const { apply, run, balances } = await merchant();
    await apply(payment({ customer: null }));
    expect(await balances()).toEqual({});
    const [kept] = await run((tx) =>
      tx.query('select status, customer_id from loyalty.transactions where org_id = $1', [tx.orgId]),
    );
    expect(kept).toEqual({ status: 'completed', customer_id: null });
    await apply(payment({ version: later(5) }));
    expect(await balances()).toEqual({ ann: 50 });
  });

  it('a payment and its refund applied by two workers at once end as if one after the other', async () => {
    const { apply, balances } = await merchant();
    for (let sale = 0; sale < 20; sale += 1) {
      const externalId = `race-${sale}`;
      await Promise.all([apply(payment({ externalId })), apply(refund({ externalId, paymentExternalId: externalId }))]);
    }
    expect(await balances()).toEqual({ ann: 20 * 25 });
  });

  it('any permutation, duplication and batching of payments and refunds ends in the ledger of the ordered stream', async () => {
    const { run } = await merchant();
    const endOf = async (batches: readonly (readonly SaleFact[])[]) => {
      let hash = '';
      const rolledBack = new Error('only looking');
      await run(async (tx) => {
        for (const batch of batches) await applyFacts(tx, batch, later(60));
        hash = await ledgerHash(tx);
        expect(await reconcile(tx, later(60))).toEqual([]);
        throw rolledBack;
      }).catch((error: unknown) => {
        if (error !== rolledBack) throw error;
      });
      return hash;
    };
    const hashes = new Set<string>();
    await fc.assert(
      fc.asyncProperty(historyOfSales, fc.infiniteStream(fc.nat()), async (history, noise) => {
        const ordered = await endOf([history]);
        hashes.add(ordered);
        expect(await endOf(shuffled(history, noise))).toBe(ordered);
      }),
      { numRuns: 1000 },
    );
    // The hash tells histories apart, or the comparison above would mean nothing.
    expect(hashes.size).toBeGreaterThan(500);
  }, 240_000);
});
