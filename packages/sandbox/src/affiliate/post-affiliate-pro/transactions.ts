import type { Reply, RoutedRequest } from '../../kernel/message.ts';
import type { Book } from '../book.ts';
import type { PostAffiliateProAccount } from './post-affiliate-pro-sandbox.ts';

/** A transaction, as it stands. */
export interface BookedTransaction {
  readonly id: string;
  /** `2026-06-01 10:00:00`, in the server's zone. */
  readonly insertedAt: string;
  /** By letter: S, A, R, H, B, U. */
  readonly type: string;
  /** By letter: A, P, D. */
  readonly status: string;
  readonly totalCost: number;
  readonly commission: number;
  readonly campaignId: string;
  readonly affiliateId: string;
}

interface Books {
  readonly book: Book<BookedTransaction>;
  readonly account: PostAffiliateProAccount;
}

const words: Readonly<Record<string, string>> = { S: 'sale', R: 'refund', H: 'chargeback', U: 'recurring' };
const statuses: Readonly<Record<string, string>> = { A: 'approved', P: 'pending', D: 'declined' };

/** All of them, the newest first, a hundred at a time at most. */
export function listTransactions({ query, contentFault }: RoutedRequest, { book, account }: Books): Reply {
  const [offset, limit] = [Number(query.get('offset') ?? 0), Number(query.get('limit') ?? 100)];
  const isAsked = Number.isInteger(offset) && offset >= 0 && Number.isInteger(limit) && limit >= 1 && limit <= 100;
  if (!isAsked) return { status: 422, body: { error: { code: 422, message: 'A parameter is invalid' } } };
  if (contentFault?.kind === 'shifting_page') bookLatest(book);
  const all = book.all().toSorted((one, other) => (one.insertedAt < other.insertedAt ? 1 : -1));
  const currency = contentFault?.kind === 'wrong_currency' ? 'XTS' : account.currency;
  const listed = all.slice(offset, offset + limit);
  if (!account.isWorded)
    return { status: 200, body: { data: listed.map((one) => toWire(one, currency)), total: all.length } };
  const items = listed.map((one) => toWorded(one, currency));
  return { status: 200, body: { data: { items }, total: all.length } };
}

/** As a transaction that comes while the list is read: it moves all others. */
function bookLatest(book: Book<BookedTransaction>): void {
  const latest = book.all()[0];
  if (latest !== undefined)
    book.add({ ...latest, id: `${latest.id}.${book.all().length}`, insertedAt: '2099-01-01 00:00:00' });
}

function toWire({ id, insertedAt, type, status, ...one }: BookedTransaction, currencyId: string) {
  const { totalCost, commission, campaignId, affiliateId } = one;
  const told = { totalCost, commission, currencyId, campaignId, affiliateId };
  return { id, type, rstatus: status, ...told, dateInserted: insertedAt, dateApproved: null };
}

function toWorded({ id, insertedAt, type, status, ...one }: BookedTransaction, currency: string) {
  return {
    id,
    type: words[type] ?? type,
    status: statuses[status] ?? status,
    total_cost: one.totalCost.toFixed(2),
    commission: one.commission.toFixed(2),
    currency_id: currency,
    date_inserted: insertedAt,
    campaign_id: one.campaignId,
    affiliate_id: one.affiliateId,
  };
}
