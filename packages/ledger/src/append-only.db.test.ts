import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { foldRecords } from './fold.ts';
import { type Books, books } from './test/books.ts';

const histories = ['ledger.postings', 'ledger.entries', 'ledger.records', 'ledger.lot_uses', 'ledger.folds'];
const written = [...histories, 'ledger.lots', 'ledger.holds', 'ledger.reversals'];

describe('history', () => {
  let database: TestDatabase;
  let book: Books;
  beforeAll(async () => {
    database = await testDatabase();
    book = await books(database, { owed: { mode: 'recording' }, ann: { keepsLots: true }, bob: {} });
    await book.run([book.transfer('earn', 'owed', 'ann', 5), book.transfer('spend', 'ann', 'bob', 2)]);
    await book.tx(foldRecords);
  });

  it.each(histories)('S1-078 of %s has a row, which nobody changes or removes, not even a superuser', async (table) => {
    const { rows } = await database.superuser.query(`select count(*)::int as count from ${table}`);
    expect(rows[0].count).toBeGreaterThan(0);
    for (const statement of [`update ${table} set org_id = org_id`, `delete from ${table}`, `truncate ${table}`]) {
      await expect(database.superuser.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it.each(histories)('S1-078 of %s is closed to the owner too', async (table) => {
    await expect(database.owner.pool.query(`truncate ${table}`)).rejects.toMatchObject({ code: '42501' });
    const removed = await database.owner.pool.query(`delete from ${table}`);
    expect(removed.rowCount).toBe(0);
  });

  it('keeps its accounts: none is removed, and none changes its organization, unit or mode', async () => {
    for (const statement of [
      'delete from ledger.accounts',
      'truncate ledger.accounts cascade',
      `update ledger.accounts set unit = 'USD'`,
      `update ledger.accounts set id = uuidv7() where code = 'bob'`,
      `update ledger.accounts set org_id = uuidv7() where code = 'bob'`,
      `update ledger.accounts set mode = 'recording' where code = 'bob'`,
    ]) {
      await expect(database.superuser.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it.each(['worker', 'api'] as const)(
    'is written by functions alone: %s may post and insert nothing',
    async (login) => {
      const context = { database: database[login], orgId: book.orgId };
      for (const table of written) {
        for (const statement of [
          `insert into ${table} default values`,
          `update ${table} set org_id = org_id`,
          `delete from ${table}`,
        ]) {
          await expect(withTenant(context, (tx) => tx.query(statement))).rejects.toMatchObject({ code: '42501' });
        }
      }
      for (const change of ['balance = 1', 'version = 9', 'pending_debits = 1', 'overdrawn = true', 'floor = null']) {
        await expect(
          withTenant(context, (tx) => tx.query(`update ledger.accounts set ${change}`)),
        ).rejects.toMatchObject({
          code: '42501',
        });
      }
    },
  );

  it('an account is opened empty: nobody inserts a balance', async () => {
    const insert = `insert into ledger.accounts (org_id, code, unit, kind, balance) values ($1, 'rich', 'points', 'wallet', 100)`;
    await expect(book.tx((tx) => tx.query(insert, [tx.orgId]))).rejects.toMatchObject({ code: '42501' });
  });
});
