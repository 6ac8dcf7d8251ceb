import type { TenantTransaction } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { holdOne, resolveHolds } from '../hold.ts';
import { expireLots, releaseLots } from '../lots.ts';
import type { NewLot } from '../post.ts';
import { reverse } from '../reverse.ts';
import { type Books, books, type Chart } from './books.ts';

const chart: Chart = {
  owed: { kind: 'liability', mode: 'recording' },
  spent: { kind: 'liability' },
  ann: { floor: 0, keepsLots: true },
  bob: { floor: 0, keepsLots: true },
  soon: { floor: 0, keepsLots: true },
};

export const day = (count: number) => new Date(Date.UTC(2026, 0, 1 + count));

/** A lot that expires on a day, or never. */
export const until = (count: number | null, rest: Partial<NewLot> = {}): NewLot => ({
  expiresAt: count === null ? null : day(count),
  ...rest,
});

type TransferOptions = Parameters<Books['transfer']>[4];

/** Books whose wallets keep lots, and short words for what is done with them. */
export async function lotBooks(database: TestDatabase) {
  const book = await books(database, chart);
  const { tx, account, transfer, postOne } = book;
  let count = 0;
  /** Moves an amount under a key of its own. Answers the posting. */
  const move = (from: string, to: string, amount: number, options: TransferOptions = {}) => {
    count += 1;
    return postOne(transfer(`move ${count}`, from, to, amount, options));
  };
  return {
    ...book,
    move,
    /** Credits as lots, one posting each. Answers the postings. */
    earn: async (code: string, ...lots: [amount: number, lot: NewLot][]) => {
      const ids: string[] = [];
      for (const [amount, lot] of lots) ids.push(await move('owed', code, amount, { lot }));
      return ids;
    },
    left: (code: string) => tx((open) => lotsLeft(open, account(code))),
    undo: (key: string, postingId: string, amount?: number) =>
      tx((open) =>
        reverse(open, {
          key,
          postingId,
          kind: 'reversal',
          effectiveAt: day(0),
          overdraw: true,
          ...(amount !== undefined && { amount }),
        }),
      ),
    setAside: (amount: number) =>
      tx((open) =>
        holdOne(open, {
          key: `hold ${amount}`,
          debitAccountId: account('ann'),
          creditAccountId: account('spent'),
          amount,
          expiresAt: day(100),
        }),
      ),
    resolve: (holdId: string, amount: number | null) =>
      tx((open) => resolveHolds(open, [{ holdId, amount }], { kind: 'capture', at: day(0) })),
    expire: (at: Date, limit = 100) => tx((open) => expireLots(open, { at, limit, intoAccountId: account('owed') })),
    release: (at: Date, limit = 100) => tx((open) => releaseLots(open, { at, limit })),
  };
}

/** What is left and until which day, in the order in which it is spent: `4@10 1@never`. */
async function lotsLeft(tx: TenantTransaction, accountId: string): Promise<string> {
  const rows = await tx.query<{ remaining: number; expires_at: Date | null }>(
    `select remaining, expires_at from ledger.lots
     where org_id = $1 and account_id = $2 and remaining > 0 order by expires_at nulls last, id`,
    [tx.orgId, accountId],
  );
  const dayOf = (at: Date | null) => (at ? (at.getTime() - day(0).getTime()) / 86_400_000 : 'never');
  return rows.map(({ remaining, expires_at }) => `${remaining}@${dayOf(expires_at)}`).join(' ');
}
