import { openDatabase } from '@tributary/db/connection';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { type Posting, type PostOutcome, post } from '../post.ts';
import { type Books, books, type Chart } from './books.ts';

/** How many transactions may be open at once. */
export const connections = 50;

export const numbered = (count: number) => Array.from({ length: count }, (_, index) => index);

/** The same order for the same seed. */
export const shuffled = <Item>(items: readonly Item[], seed: number) =>
  fc.sample(fc.shuffledSubarray([...items], { minLength: items.length }), { numRuns: 1, seed })[0] as Item[];

export type Crowd = ReturnType<typeof openCrowd>;

/** Many connections to a database, for books on which much happens at once. */
export function openCrowd(database: TestDatabase) {
  const many = openDatabase({ url: database.url('worker'), proxy: database.proxy, maxConnections: connections });
  return {
    database,
    close: () => many.close(),
    /** Books whose transactions count how often each was begun: more often than asked is tried again. */
    async books(chart: Chart) {
      const book = await books(database, chart);
      const begun = { times: 0 };
      const tx: Books['tx'] = (work) =>
        withTenant({ database: many, orgId: book.orgId }, (open) => {
          begun.times += 1;
          return work(open);
        });
      const outcomes = async (...postings: Posting[]): Promise<PostOutcome['outcome'][]> =>
        (await tx((open) => post(open, postings))).map(({ outcome }) => outcome);
      return { ...book, tx, outcomes, begun };
    },
  };
}

/** Until a transaction on this database waits for another one. */
export async function somebodyWaits({ superuser }: TestDatabase): Promise<void> {
  const waiting = `select 1 from pg_stat_activity where datname = current_database() and wait_event_type = 'Lock'`;
  while ((await superuser.query(waiting)).rowCount === 0);
}

/** Entries that left an account with a floor of zero below it, whatever came after. */
export function belowZero({ tx }: Pick<Books, 'tx'>): Promise<object[]> {
  return tx((open: TenantTransaction) =>
    open.query(
      `select a.code, e.version from ledger.entries e join ledger.accounts a on a.org_id = $1 and a.id = e.account_id
       where e.org_id = $1 and a.floor = 0 and e.balance_after < 0`,
      [open.orgId],
    ),
  );
}
