import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createShutdown } from '@tributary/local/shutdown';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBaselineAccounts, openOurAccounts } from './accounts.ts';
import { type CalleeName, callees } from './calls.ts';
import { assertBaselineSound, assertOursSound } from './soundness.ts';
import { type Books, type Stage, setUpStage } from './stage.ts';

const folder = mkdtempSync(join(tmpdir(), 'tributary-soundness-'));
const shutdown = createShutdown(() => undefined);
let stage: Stage;
beforeAll(async () => {
  stage = await setUpStage(folder, shutdown, () => undefined);
});
afterAll(async () => {
  await shutdown.run();
  rmSync(folder, { recursive: true, force: true });
});

let made = 0;
const newBooks = () => stage.openBooks(`books_${made++}`);

const open = { ours: openOurAccounts, baseline: openBaselineAccounts };

/** Three transfers back and forth between two accounts, one per call, by the login of the bench. */
async function postThree({ superuser, workerUrl }: Books, callee: CalleeName): Promise<string> {
  const { orgId, accountIds } = await open[callee](superuser, 2);
  const [from = '', to = ''] = accountIds;
  const client = new pg.Client({ connectionString: workerUrl });
  await client.connect();
  try {
    await client.query(`select set_config('app.org_id', $1, false)`, [orgId]);
    const { call, posted } = callees[callee];
    for (const transfer of [
      { from, to },
      { from, to },
      { from: to, to: from },
    ]) {
      const { rows } = await client.query(call(orgId, [{ key: `sale:${made++}`, ...transfer }]));
      expect(posted(rows)).toBe(1);
    }
  } finally {
    await client.end();
  }
  return orgId;
}

const oneAccount = '(select account_id from ledger.entries order by account_id limit 1)';

describe('the books of ours', () => {
  it('are sound after what was posted, and only after as many', async () => {
    const books = await newBooks();
    const orgId = await postThree(books, 'ours');
    await assertOursSound(books.superuser, new Map([[orgId, 3]]));
    await expect(assertOursSound(books.superuser, new Map([[orgId, 4]]))).rejects.toThrow('postings,entries');
  });

  it.each([
    ['a balance is not that of the entries', 'update ledger.accounts set balance = balance + 1', 'sum,wrong_accounts'],
    [
      'two balances are off and their sum is not',
      `update ledger.accounts set balance = balance + case when id = ${oneAccount} then 1 else -1 end`,
      'wrong_accounts',
    ],
    ['a version is skipped', 'update ledger.entries set version = 9 where version = 3', 'wrong_entries'],
    [
      'a running balance is off',
      'update ledger.entries set balance_after = balance_after + 1 where version = 2',
      'wrong_entries',
    ],
    [
      'an entry is gone',
      `delete from ledger.entries where account_id = ${oneAccount} and version = 3`,
      'entries,wrong_accounts',
    ],
  ])('are broken when %s', async (_, damage, found) => {
    const books = await newBooks();
    const orgId = await postThree(books, 'ours');
    await books.superuser.query(`set session_replication_role = replica`);
    await books.superuser.query(damage);
    await expect(assertOursSound(books.superuser, new Map([[orgId, 3]]))).rejects.toThrow(`: ${found} in `);
  });
});

describe('the books of the baseline', () => {
  it('are sound after what was posted, and only after as many', async () => {
    const books = await newBooks();
    await postThree(books, 'baseline');
    await assertBaselineSound(books.superuser, 3);
    await expect(assertBaselineSound(books.superuser, 4)).rejects.toThrow('postings,entries');
  });

  it.each([
    [
      'a balance is not that of the entries',
      'update baseline.accounts set balance = balance + 1',
      'sum,wrong_accounts',
    ],
    [
      'a version is skipped',
      'update baseline.entries set account_version = 9 where account_version = 3',
      'wrong_entries',
    ],
    [
      'an entry is gone',
      'delete from baseline.entries where account_version = 3 and amount > 0',
      'entries,wrong_accounts',
    ],
  ])('are broken when %s', async (_, damage, found) => {
    const books = await newBooks();
    await postThree(books, 'baseline');
    await books.superuser.query(damage);
    await expect(assertBaselineSound(books.superuser, 3)).rejects.toThrow(`: ${found} in `);
  });
});
