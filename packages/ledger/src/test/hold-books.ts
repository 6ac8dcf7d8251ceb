import type { TestDatabase } from '@tributary/testing/database';
import { balanceNow } from '../balance.ts';
import { type Hold, hold, holdOne, type Resolution, resolveHolds } from '../hold.ts';
import { books, town } from './books.ts';

export const hour = (count: number) => new Date(Date.UTC(2026, 5, 1, count));

/** The books of the town, in which Ann has 100, with an account in another unit, and short words for holds. */
export async function holdBooks(database: TestDatabase) {
  const book = await books(database, { ...town, cash: { kind: 'asset', unit: 'USD' } });
  await book.run([book.transfer('opening', 'bank', 'ann', 100)]);
  const wanted = (key: string, from: string, to: string, amount: number, expiresAt = hour(10)): Hold => ({
    key,
    debitAccountId: book.account(from),
    creditAccountId: book.account(to),
    amount,
    expiresAt,
  });
  return {
    ...book,
    wanted,
    take: (...holds: Hold[]) => book.tx((tx) => hold(tx, holds)),
    takeOne: (from: string, to: string, amount: number, expiresAt?: Date) =>
      book.tx((tx) => holdOne(tx, wanted(`${from} ${to} ${amount}`, from, to, amount, expiresAt))),
    resolve: (resolutions: Resolution[], at = hour(1)) =>
      book.tx((tx) => resolveHolds(tx, resolutions, { kind: 'capture', at })),
    balance: (code: string) => book.tx((tx) => balanceNow(tx, book.account(code))),
  };
}
