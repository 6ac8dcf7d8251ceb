import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { type AccountSpec, openAccounts } from '../accounts.ts';
import { type Leg, type Posting, type PostOutcome, post } from '../post.ts';
import { type Discrepancy, reconcile } from '../reconcile.ts';

/** Accounts by code; what is left out makes a wallet of points that may go anywhere. */
export type Chart = Readonly<Record<string, Partial<AccountSpec>>>;

/** A bank without bounds, two who may spend what they have, one who may have up to 100, and what is only recorded. */
export const town: Chart = {
  bank: { kind: 'liability' },
  ann: { floor: 0 },
  bob: { floor: 0 },
  capped: { floor: 0, ceiling: 100 },
  owed: { kind: 'liability', mode: 'recording' },
};

/** The id of no account and of no posting. */
export const nobody = '00000000-0000-7000-8000-000000000000';

/** What a transfer may say about its posting, about its credit (`lot`) and about its debit (`prefers`). */
type TransferOptions = Partial<Omit<Posting, 'key' | 'legs'>> & Pick<Leg, 'lot' | 'prefers'>;

export interface Books {
  orgId: string;
  /** The id of an account. */
  account(code: string): string;
  /** A posting that moves an amount from one account to another. */
  transfer(key: string, from: string, to: string, amount: number, options?: TransferOptions): Posting;
  tx<Result>(work: (tx: TenantTransaction) => Promise<Result>): Promise<Result>;
  /** Posts in a transaction of its own. */
  run(postings: readonly Posting[]): Promise<PostOutcome[]>;
  /** Posts in a transaction of its own; only the outcomes, in order. */
  outcomes(...postings: Posting[]): Promise<PostOutcome['outcome'][]>;
  /** Posts one, in a transaction of its own. Answers its id. */
  postOne(posting: Posting): Promise<string>;
  /** Balance and version of each account that moved. */
  balances(): Promise<Record<string, [balance: number, version: number]>>;
  /** What reconciliation reports. */
  wrong(at?: Date): Promise<Discrepancy[]>;
}

/** The accounts of a chart, in an organization of the test's own. */
export async function books(database: TestDatabase, chart: Chart): Promise<Books> {
  return booksOf(database, await createOrganization(database), chart);
}

/** The accounts of a chart in an organization. */
export async function booksOf(database: TestDatabase, orgId: string, chart: Chart): Promise<Books> {
  const tx: Books['tx'] = (work) => withTenant({ database: database.worker, orgId }, work);
  const specs = Object.entries(chart).map(
    ([code, spec]): AccountSpec => ({ code, unit: 'points', kind: 'wallet', ...spec }),
  );
  const ids = await tx((open) => openAccounts(open, specs));
  const account = (code: string) => {
    const id = ids.get(code);
    if (id === undefined) throw new Error(`no account ${code}`);
    return id;
  };
  const run: Books['run'] = (postings) => tx((open) => post(open, postings));
  return {
    orgId,
    account,
    transfer: (key, from, to, amount, { lot, prefers, ...options } = {}) => ({
      key,
      kind: 'transfer',
      effectiveAt: new Date('2026-01-01T00:00:00Z'),
      legs: [
        { accountId: account(from), amount: -amount, ...(prefers !== undefined && { prefers }) },
        { accountId: account(to), amount, ...(lot && { lot }) },
      ],
      ...options,
    }),
    tx,
    run,
    outcomes: async (...postings) => (await run(postings)).map(({ outcome }) => outcome),
    postOne: async (posting) => {
      const [result] = await run([posting]);
      if (!result || !('postingId' in result)) throw new Error(`not posted: ${result?.outcome}`);
      return result.postingId;
    },
    balances: () => tx(balancesOf),
    wrong: (at = new Date()) => tx((open) => reconcile(open, at)),
  };
}

async function balancesOf(tx: TenantTransaction): Promise<Record<string, [number, number]>> {
  const rows = await tx.query<{ code: string; balance: number; version: number }>(
    'select code, balance, version from ledger.accounts where org_id = $1 and version > 0 order by code',
    [tx.orgId],
  );
  return Object.fromEntries(rows.map(({ code, balance, version }) => [code, [balance, version]]));
}
