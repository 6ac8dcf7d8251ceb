import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { openAccounts } from './accounts.ts';
import { type Posting, post } from './post.ts';
import { reconcile } from './reconcile.ts';

describe('post', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function books(floor = 0) {
    const orgId = await createOrganization(database);
    const context = { database: database.worker, orgId };
    const ids = await withTenant(context, (tx) =>
      openAccounts(tx, [
        { code: 'liability', unit: 'points', kind: 'liability' },
        { code: 'ann', unit: 'points', kind: 'wallet', floor },
        { code: 'bob', unit: 'points', kind: 'wallet', floor },
        { code: 'cash', unit: 'USD', kind: 'asset' },
        { code: 'owed', unit: 'points', kind: 'liability', mode: 'recording' },
      ]),
    );
    const account = (code: string) => ids.get(code) as string;
    const give = (key: string, code: string, amount: number, from = 'liability'): Posting => ({
      key,
      kind: 'earn',
      effectiveAt: new Date('2026-01-01T00:00:00Z'),
      legs: [
        { accountId: account(from), amount: -amount },
        { accountId: account(code), amount },
      ],
    });
    const run = (postings: Posting[]) => withTenant(context, (tx) => post(tx, postings));
    const balances = async () => {
      const rows = await withTenant(context, (tx) =>
        tx.query<{ code: string; balance: number; version: number }>(
          'select code, balance, version from ledger.accounts where org_id = $1 order by code',
          [orgId],
        ),
      );
      return Object.fromEntries(rows.map(({ code, balance, version }) => [code, [balance, version]]));
    };
    const sound = () => withTenant(context, (tx) => reconcile(tx));
    return { context, account, give, run, balances, sound };
  }

  it('S1-141 moves the balances and writes entries with version and balance after', async () => {
    const { context, give, run, balances, account } = await books();
    const results = await run([give('a', 'ann', 50), give('b', 'ann', 7), give('c', 'bob', 3)]);
    expect(results.map(({ outcome }) => outcome)).toEqual(['posted', 'posted', 'posted']);
    expect(await balances()).toEqual({ liability: [-60, 3], ann: [57, 2], bob: [3, 1], cash: [0, 0], owed: [0, 0] });
    const entries = await withTenant(context, (tx) =>
      tx.query(
        'select version, amount, balance_after from ledger.entries where org_id = $1 and account_id = $2 order by version',
        [tx.orgId, account('ann')],
      ),
    );
    expect(entries).toEqual([
      { version: 1, amount: 50, balance_after: 50 },
      { version: 2, amount: 7, balance_after: 57 },
    ]);
  });

  it('does nothing for a key it knows, alone, inside a batch, and twice in one batch', async () => {
    const { give, run, balances } = await books();
    const [first] = await run([give('a', 'ann', 50)]);
    const again = await run([give('a', 'ann', 50), give('b', 'bob', 1), give('b', 'bob', 1)]);
    expect(again.map(({ outcome }) => outcome)).toEqual(['replayed', 'posted', 'replayed']);
    expect(again[0]?.postingId).toBe(first?.postingId);
    expect((await balances()).ann).toEqual([50, 1]);
    expect((await balances()).bob).toEqual([1, 1]);
  });

  it('refuses a key that comes back with another request, and posts nothing of that batch', async () => {
    const { give, run, balances } = await books();
    await run([give('a', 'ann', 50)]);
    await expect(run([give('b', 'bob', 1), give('a', 'ann', 51)])).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    await expect(run([give('c', 'bob', 1), give('c', 'bob', 2)])).rejects.toMatchObject({
      code: 'idempotency_key_reused',
    });
    expect((await balances()).bob).toEqual([0, 0]);
  });

  it('refuses legs that do not sum to zero per unit', async () => {
    const { give, run, account, sound } = await books();
    const posting = give('a', 'ann', 5);
    const [from] = posting.legs;
    if (!from) throw new Error('no leg');
    await expect(run([{ ...posting, legs: [from] }])).rejects.toMatchObject({ code: 'unbalanced_posting' });
    const mixed = [from, { accountId: account('cash'), amount: 5 }];
    await expect(run([{ ...posting, legs: mixed }])).rejects.toMatchObject({ code: 'unbalanced_posting' });
    expect(await sound()).toEqual([]);
  });

  it('refuses an account that is not there, and one of another organization alike', async () => {
    const mine = await books();
    const theirs = await books();
    for (const accountId of ['00000000-0000-7000-8000-000000000000', theirs.account('ann')]) {
      const [from] = mine.give('a', 'ann', 5).legs;
      if (!from) throw new Error('no leg');
      const posting = { ...mine.give('a', 'ann', 5), legs: [from, { accountId, amount: 5 }] };
      await expect(mine.run([posting])).rejects.toMatchObject({ code: 'unknown_account' });
    }
    expect((await theirs.balances()).ann).toEqual([0, 0]);
  });

  it('S1-142 refuses to pass a floor', async () => {
    const { give, run, balances } = await books();
    await run([give('a', 'ann', 5)]);
    await expect(run([give('b', 'ann', -6)])).rejects.toMatchObject({ code: 'floor_violated' });
    expect((await balances()).ann).toEqual([5, 1]);
  });

  it('only records against a recording account, and balances over both', async () => {
    const { context, give, run, balances, sound, account } = await books();
    await run([give('a', 'ann', 5, 'owed'), give('b', 'bob', 6, 'owed')]);
    expect(await balances()).toMatchObject({ ann: [5, 1], bob: [6, 1], owed: [0, 0] });
    const recorded = await withTenant(context, (tx) =>
      tx.query('select sum(amount)::int as amount from ledger.records where org_id = $1 and account_id = $2', [
        tx.orgId,
        account('owed'),
      ]),
    );
    expect(recorded).toEqual([{ amount: -11 }]);
    expect(await sound()).toEqual([]);
    for (const amounts of [[-5, 6], [-5]]) {
      const legs = amounts.map((amount, index) => ({ accountId: account(index === 0 ? 'owed' : 'ann'), amount }));
      await expect(run([{ ...give('c', 'ann', 1), legs }])).rejects.toMatchObject({ code: 'unbalanced_posting' });
    }
  });

  it('a recording account holds nobody up: two open transactions post against it', async () => {
    const { context, give, balances } = await books();
    await withTenant(context, async (outer) => {
      await post(outer, [give('a', 'ann', 5, 'owed')]);
      await withTenant(context, async (inner) => {
        await inner.query(`set local lock_timeout = '2s'`);
        await post(inner, [give('b', 'bob', 6, 'owed')]);
      });
    });
    expect(await balances()).toMatchObject({ ann: [5, 1], bob: [6, 1] });
  });

  it('lets exactly one of 50 parallel debits of the last point through', async () => {
    const { give, run, balances, sound } = await books();
    await run([give('credit', 'ann', 1)]);
    const attempts = await Promise.allSettled(
      Array.from({ length: 50 }, (_, index) => run([give(`d${index}`, 'ann', -1)])),
    );
    expect(attempts.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    expect((await balances()).ann).toEqual([0, 2]);
    expect(await sound()).toEqual([]);
  });

  it('keeps the books sound while batches that overlap are posted and replayed at once', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.array(fc.record({ key: fc.nat(30), code: fc.constantFrom('ann', 'bob') }), {
            minLength: 1,
            maxLength: 12,
          }),
          { minLength: 2, maxLength: 6 },
        ),
        async (batches) => {
          const { give, run, balances, sound } = await books();
          // The amount follows from the key: a key that repeats is the same request.
          const posting = ({ key, code }: { key: number; code: string }) => give(`${key}:${code}`, code, key + 1);
          await Promise.all(batches.map((batch) => run(batch.map(posting))));
          const unique = new Map(batches.flat().map((item) => [`${item.key}:${item.code}`, item]));
          const expected = (code: string) =>
            [...unique.values()].filter((item) => item.code === code).reduce((sum, { key }) => sum + key + 1, 0);
          const { ann, bob } = await balances();
          expect([ann?.[0], bob?.[0]]).toEqual([expected('ann'), expected('bob')]);
          expect(await sound()).toEqual([]);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('S1-078 entries and postings cannot be changed, not even by the owner', async () => {
    const { give, run } = await books();
    await run([give('a', 'ann', 5)]);
    for (const statement of [
      'update ledger.entries set amount = 1',
      'delete from ledger.postings',
      'truncate ledger.entries',
    ]) {
      await expect(database.superuser.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('reconciliation reports a ledger that was tampered with', async () => {
    const { context, give, run, sound, account } = await books();
    await run([give('a', 'ann', 5), give('b', 'ann', 6)]);
    expect(await sound()).toEqual([]);
    await database.superuser.query('set session_replication_role = replica');
    await database.superuser.query('delete from ledger.entries where account_id = $1 and version = 1', [
      account('ann'),
    ]);
    await database.superuser.query('set session_replication_role = origin');
    const rules = (await sound()).map(({ rule }) => rule);
    expect(context.orgId).toBeTruthy();
    expect(new Set(rules)).toEqual(
      new Set(['balance_equals_entries', 'versions_contiguous', 'balance_after_runs', 'postings_sum_to_zero']),
    );
  });
});
