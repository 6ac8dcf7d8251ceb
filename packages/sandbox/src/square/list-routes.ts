import type { ContentFault, Fault } from '../kernel/faults.ts';
import type { Reply, RoutedRequest } from '../kernel/message.ts';
import type { Random } from '../kernel/random.ts';
import type { Route } from '../kernel/routes.ts';
import { accountOf } from './access.ts';
import type { Account } from './account.ts';
import type { Application } from './application.ts';
import { writeCursor } from './cursor.ts';
import { Refused, refusing } from './errors.ts';
import { readListQuery } from './list-query.ts';
import { addRefundFee } from './refund.ts';
import type { RowList, RowPage, RowQuery, Timed } from './row-list.ts';
import { addProcessingFee } from './sale.ts';
import type { SquarePayment, SquareRefund } from './schemas.ts';

const contentFaults: readonly ContentFault[] = [
  'wrong_currency',
  'cursor_loop',
  'shifting_page',
  'stale',
  'repeated_row',
];

export interface ListRouteOptions {
  readonly updatedAtBegin: 'inclusive' | 'exclusive';
}

/** `GET /v2/payments` and `GET /v2/refunds`. */
export function createListRoutes(application: Application, { updatedAtBegin }: ListRouteOptions): Route[] {
  const random = application.random.fork('lists');
  const context = ({ contentFault }: RoutedRequest) =>
    ({ nowMs: application.timeline.now().getTime(), updatedAtBegin, fault: contentFault }) as const;

  const listPayments = (request: RoutedRequest): Reply => {
    const account = accountOf(application, request, 'PAYMENTS_READ');
    const query = readListQuery<SquarePayment>(request.query, {
      ...context(request),
      sortFields: ['CREATED_AT', 'OFFLINE_CREATED_AT', 'UPDATED_AT'],
      matches: paymentFilter(account, request.query),
    });
    const touch = (payment: SquarePayment) => void addProcessingFee(account, payment.id, 1);
    const page = walk(account.lists.payments, query, { fault: request.contentFault, random, touch });
    return { status: 200, body: { ...(page.rows.length > 0 && { payments: page.rows }), ...cursorOf(page) } };
  };
  const listRefunds = (request: RoutedRequest): Reply => {
    const account = accountOf(application, request, 'PAYMENTS_READ');
    const query = readListQuery<SquareRefund>(request.query, {
      ...context(request),
      sortFields: ['CREATED_AT', 'UPDATED_AT'],
      matches: refundFilter(account, request.query),
    });
    const touch = (refund: SquareRefund) => void addRefundFee(account, refund.id, 1);
    const page = walk(account.lists.refunds, query, { fault: request.contentFault, random, touch });
    return { status: 200, body: { ...(page.rows.length > 0 && { refunds: page.rows }), ...cursorOf(page) } };
  };
  return [
    { method: 'GET', path: '/v2/payments', contentFaults, handle: refusing(listPayments) },
    { method: 'GET', path: '/v2/refunds', contentFaults, handle: refusing(listRefunds) },
  ];
}

function cursorOf({ cursor }: RowPage<unknown>): { cursor?: string } {
  return cursor === null ? {} : { cursor };
}

/** Without a location: that of payments is the main one, that of refunds is any. */
function paymentFilter(account: Account, query: URLSearchParams): (payment: SquarePayment) => boolean {
  const location = locationIn(account, query) ?? [...account.locations.keys()][0];
  const [total, last4, brand, offline] = ['total', 'last_4', 'card_brand', 'is_offline_payment'].map((name) =>
    query.get(name),
  );
  if (total !== null && !/^\d+$/.test(total ?? '')) throw new Refused('EXPECTED_INTEGER', undefined, 'total');
  if (offline !== null && offline !== 'true' && offline !== 'false')
    throw new Refused('EXPECTED_BOOLEAN', undefined, 'is_offline_payment');
  const isEqual = (asked: string | null | undefined, value: unknown) => asked === null || asked === String(value);
  return (payment) =>
    payment.location_id === location &&
    isEqual(total, payment.total_money.amount) &&
    isEqual(last4, payment.card_details?.card.last_4) &&
    isEqual(brand, payment.card_details?.card.card_brand) &&
    isEqual(offline, payment.offline_payment_details !== undefined);
}

function refundFilter(account: Account, query: URLSearchParams): (refund: SquareRefund) => boolean {
  const location = locationIn(account, query);
  const [status, source] = [query.get('status'), query.get('source_type')];
  return (refund) =>
    (location === null || refund.location_id === location) &&
    (status === null || refund.status === status) &&
    (source === null || account.payments.get(refund.payment_id)?.source_type === source);
}

function locationIn({ locations }: Account, query: URLSearchParams): string | null {
  const id = query.get('location_id');
  if (id !== null && !locations.has(id)) throw new Refused('NOT_FOUND', 'There is no such location.', 'location_id');
  return id;
}

interface Walk<Row> {
  readonly fault: Fault<ContentFault> | null;
  readonly random: Random;
  /** Changes a row, as Square does when it knows its fee. */
  readonly touch: (row: Row) => void;
}

/** A page, and what its fault makes of it. */
function walk<Row extends Timed>(list: RowList<Row>, query: RowQuery<Row>, { fault, random, touch }: Walk<Row>) {
  const page = list.page(query);
  if (fault === null || page.rows.length === 0) return page;
  switch (fault.kind) {
    case 'stale':
      return page;
    case 'wrong_currency':
      return { ...page, rows: inOtherCurrency(page.rows) };
    case 'cursor_loop':
      return { ...page, cursor: query.cursor ?? writeCursor({ skip: 0 }, query.query) };
    case 'repeated_row': {
      const index = random.below(page.rows.length);
      return { ...page, rows: page.rows.toSpliced(index, 0, page.rows[index] as Row) };
    }
    case 'shifting_page': {
      touch(random.pick(page.rows));
      const next = page.cursor === null ? [] : list.page({ ...query, cursor: page.cursor }).rows;
      if (next.length > 0) touch(random.pick(next));
      return page;
    }
  }
}

function inOtherCurrency<Row>(rows: readonly Row[]): Row[] {
  return JSON.parse(JSON.stringify(rows), (key, value) => {
    if (key !== 'currency') return value;
    return value === 'EUR' ? 'JPY' : 'EUR';
  });
}
