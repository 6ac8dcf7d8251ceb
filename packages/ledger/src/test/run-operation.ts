import type { TenantTransaction } from '@tributary/db/transaction';
import type { TestDatabase } from '@tributary/testing/database';
import { booksOf } from './books.ts';
import type { Operation } from './course.ts';
import { LedgerUnderTest } from './ledger-under-test.ts';
import type { Model } from './model.ts';

const terms = { mode: 'authorizing', unit: 'points', floor: null, ceiling: null, keepsLots: false } as const;

/** One account of every sort. In the order of their codes, as accounts are opened. */
export const chart = {
  ann: { ...terms, floor: 0, keepsLots: true },
  bank: terms,
  capped: { ...terms, floor: 0, ceiling: 60 },
  cash: { ...terms, unit: 'USD' },
  credit: { ...terms, floor: -20, keepsLots: true },
  owed: { ...terms, mode: 'recording' },
  plain: { ...terms, floor: 0 },
  soon: { ...terms, floor: 0, keepsLots: true },
} as const;

/** The accounts of `chart`, in an organization. */
export async function openChart(database: TestDatabase, orgId: string) {
  const specs = Object.entries(chart).map(([code, { floor, ceiling, ...terms }]) => [
    code,
    { ...terms, ...(floor !== null && { floor }), ...(ceiling !== null && { ceiling }) },
  ]);
  const book = await booksOf(database, orgId, Object.fromEntries(specs));
  const accounts = new Map(Object.keys(chart).map((code) => [code, book.account(code)]));
  return { ...book, ledger: new LedgerUnderTest(orgId, accounts) };
}

/** What the model says comes of it. */
export function inModel(model: Model, one: Operation): unknown {
  switch (one.do) {
    case 'post':
      return model.post(one.batch);
    case 'hold':
      return model.hold(one.batch);
    case 'resolve':
      return one.asked.map(([key, amount]) => model.resolve(key, amount, one.at));
    case 'reverse':
      return model.reverse(one.wanted);
    case 'expire holds':
      return model.expireHolds(one.at, one.limit);
    case 'expire lots':
      return model.expireLots(one.at, one.limit, 'owed');
    case 'release lots':
      return model.releaseLots(one.at, one.limit);
    case 'fold':
      return null;
  }
}

/** What comes of it. */
export async function inLedger(ledger: LedgerUnderTest, tx: TenantTransaction, one: Operation): Promise<unknown> {
  switch (one.do) {
    case 'post':
      return ledger.post(tx, one.batch);
    case 'hold':
      return ledger.hold(tx, one.batch);
    case 'resolve':
      return ledger.resolve(tx, one.asked, one.at);
    case 'reverse':
      return ledger.reverse(tx, one.wanted);
    case 'expire holds':
      return ledger.expireHolds(tx, one.at, one.limit);
    case 'expire lots':
      return ledger.expireLots(tx, one.at, one.limit, 'owed');
    case 'release lots':
      return ledger.releaseLots(tx, one.at, one.limit);
    case 'fold':
      await ledger.fold(tx);
      return null;
  }
}
