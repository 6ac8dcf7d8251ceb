import type { Reply, RoutedRequest } from '../../kernel/message.ts';
import type { Book } from '../book.ts';
import { isAmong, readDays } from './days.ts';
import { refuse } from './refuse.ts';

/** A commission, as it stands. Ids grow with the time of entry. */
export interface BookedCommission {
  readonly id: string;
  readonly at: Date;
  readonly partnerId: string;
  readonly type: 'click' | 'lead' | 'sale' | 'referral' | 'custom';
  readonly status: string;
  /** Cents. */
  readonly amount: number;
  readonly earnings: number;
}

interface Books {
  readonly commissions: Book<BookedCommission>;
  readonly currency: string;
}

const hidden = ['duplicate', 'fraud', 'canceled'];
const largestPage = 100;

/** By time; after a commission those with a larger id, by id. https://dub.co/docs/api-reference/commissions/list */
export function listCommissions({ query, contentFault }: RoutedRequest, { commissions, currency }: Books): Reply {
  const pageSize = Number(query.get('pageSize') ?? largestPage);
  const [days, after, direction] = [readDays(query), query.get('startingAfter'), query.get('sortOrder') ?? 'desc'];
  if (!(pageSize >= 1 && pageSize <= largestPage)) return refuse(422, 'unprocessable_entity');
  if (after !== null && commissions.all().every(({ id }) => id !== after)) return refuse(422, 'unprocessable_entity');
  const sign = direction === 'asc' ? 1 : -1;
  const found = commissions
    .all()
    .filter(({ at, status }) => (days === null || isAmong(days, query, at)) && !hidden.includes(status))
    .filter(({ id }) => after === null || sign * compare(id, after) > 0)
    .sort((one, other) => sign * (after === null ? one.at.getTime() - other.at.getTime() : compare(one.id, other.id)));
  const stated = contentFault?.kind === 'wrong_currency' ? 'xts' : currency;
  return { status: 200, body: found.slice(0, pageSize).map((one) => toWire(one, stated)) };
}

const compare = (one: string, other: string) => (one < other ? -1 : one > other ? 1 : 0);

function toWire({ id, at, partnerId, ...told }: BookedCommission, currency: string) {
  return {
    id,
    ...told,
    currency,
    invoiceId: null,
    description: null,
    quantity: 1,
    createdAt: at.toISOString(),
    updatedAt: at.toISOString(),
    paidAt: null,
    partner: { id: partnerId, name: `Partner ${partnerId}`, email: null, image: null, country: 'US', groupId: null },
    customer: null,
  };
}
