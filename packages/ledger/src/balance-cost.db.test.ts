import type { TenantTransaction } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { balanceAt, balanceNow, statement } from './balance.ts';
import { foldRecords } from './fold.ts';
import { type Books, books } from './test/books.ts';

const entries = 10_000;

describe(`with ${entries} entries on an account`, () => {
  let database: TestDatabase;
  let book: Books;
  let middle: Date;
  beforeAll(async () => {
    database = await testDatabase();
    book = await books(database, { ann: {}, owed: { mode: 'recording' } });
    const { run, transfer, tx, account } = book;
    const set = (from: number) =>
      run(Array.from({ length: 1000 }, (_, index) => transfer(`t${from + index}`, 'owed', 'ann', 1)));
    for (let from = 0; from < entries; from += 1000) await set(from);
    await tx(foldRecords);
    await database.superuser.query(
      `insert into ledger.accounts (org_id, code, unit, kind) select $1, 'other ' || n, 'points', 'wallet' from generate_series(1, 2000) n`,
      [await createOrganization(database)],
    );
    await database.superuser.query(
      'vacuum analyze ledger.accounts, ledger.postings, ledger.entries, ledger.records, ledger.folds',
    );
    const [row] = await tx((open) =>
      open.query<{ at: Date }>(
        `select p.recorded_at as at from ledger.entries e join ledger.postings p on p.org_id = $1 and p.id = e.posting_id
         where e.org_id = $1 and e.account_id = $2 and e.version = 5000`,
        [open.orgId, account('ann')],
      ),
    );
    middle = (row as { at: Date }).at;
  });

  const counters = `select coalesce(sum(seq_tup_read), 0)::int as scanned, coalesce(sum(idx_tup_fetch), 0)::int as fetched
    from pg_stat_xact_user_tables where schemaname = 'ledger'`;

  /** How many rows a read took from the tables of the ledger, as the server counts them. */
  async function costOf(read: (tx: TenantTransaction) => Promise<unknown>) {
    return book.tx(async (tx) => {
      const count = async () => (await tx.query<{ scanned: number; fetched: number }>(counters))[0];
      // The counts of earlier transactions of this connection may still be among them.
      const before = await count();
      await read(tx);
      const after = await count();
      if (!before || !after) throw new Error('no counters');
      return { scanned: after.scanned - before.scanned, fetched: after.fetched - before.fetched };
    });
  }

  it('the counters do count: a sum over the entries reads them all', async () => {
    const { scanned, fetched } = await costOf((tx) =>
      tx.query('select sum(amount) from ledger.entries where org_id = $1 and account_id = $2', [
        tx.orgId,
        book.account('ann'),
      ]),
    );
    expect(scanned + fetched).toBeGreaterThanOrEqual(entries);
  });

  // Probes: two rows per bit of the number of entries (entry and posting), and a few of the account.
  it.each<[what: string, atMost: number, read: (tx: TenantTransaction) => Promise<unknown>]>([
    ['the balance now', 5, (tx) => balanceNow(tx, book.account('ann'))],
    ['the balance of a recording account now', 5, (tx) => balanceNow(tx, book.account('owed'))],
    [
      'the balance of a recording account since its last fold',
      5,
      (tx) => balanceAt(tx, book.account('owed'), new Date('2100-01-01')),
    ],
    ['the balance at a time', 60, (tx) => balanceAt(tx, book.account('ann'), middle)],
    [
      'a page of a statement in the middle',
      140,
      (tx) => statement(tx, { accountId: book.account('ann'), from: middle, to: new Date('2100-01-01'), limit: 20 }),
    ],
    [
      'a late page of the whole statement',
      140,
      (tx) =>
        statement(tx, {
          accountId: book.account('ann'),
          from: new Date('2000-01-01'),
          to: new Date('2100-01-01'),
          limit: 20,
          after: 9000,
        }),
    ],
  ])('%s reads a handful of rows, by index', async (_what, atMost, read) => {
    const { scanned, fetched } = await costOf(read);
    expect(fetched).toBeGreaterThan(0);
    expect(scanned + fetched).toBeLessThanOrEqual(atMost);
  });
});
