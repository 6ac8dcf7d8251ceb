import type { Reply, RoutedRequest } from '../../kernel/message.ts';
import type { Book } from '../book.ts';
import { zonedTime } from '../zoned-time.ts';
import type { AwinAccount } from './awin-sandbox.ts';
import { refuse } from './refuse.ts';

/** A sale, as it stands. */
export interface BookedTransaction {
  readonly id: string;
  readonly at: Date;
  readonly advertiserId: number;
  readonly status: string;
  readonly sale: number;
  readonly commission: number;
  readonly campaign: string;
  readonly clickRef: string | null;
  readonly isPaid: boolean;
}

interface Books {
  readonly book: Book<BookedTransaction>;
  readonly account: AwinAccount;
}

const longestMs = 31 * 86_400_000;

/** https://help.awin.com/apidocs/timezones */
const timeZones = new Set([
  'America/Sao_Paulo',
  'Australia/Sydney',
  'Canada/Eastern',
  'Canada/Central',
  'Canada/Mountain',
  'Canada/Pacific',
  'Europe/Berlin',
  'Europe/Helsinki',
  'Europe/Paris',
  'Europe/London',
  'Europe/Dublin',
  'US/Eastern',
  'US/Central',
  'US/Mountain',
  'US/Pacific',
  'UTC',
]);

/** All between two times of a zone, which are at most 31 days apart; times are told in that zone and do not say so. */
export function listTransactions({ query, contentFault }: RoutedRequest, { book, account }: Books): Reply {
  const [start, end, timeZone] = ['startDate', 'endDate', 'timezone'].map((name) => query.get(name) ?? '');
  if (!isTime(start) || !isTime(end) || !timeZones.has(timeZone ?? '')) return refuse(400, 'A parameter is invalid');
  if (Date.parse(`${end}Z`) - Date.parse(`${start}Z`) > longestMs)
    return refuse(400, 'The range is longer than 31 days');
  const currency = contentFault?.kind === 'wrong_currency' ? 'XTS' : account.currency;
  const body = book.all().flatMap((one) => {
    const { day, time } = zonedTime(one.at, timeZone ?? '');
    const at = `${day}T${time}`;
    return at >= (start ?? '') && at <= (end ?? '') ? [toWire(one, at, account.publisherId, currency)] : [];
  });
  return { status: 200, body };
}

const isTime = (text: string | undefined) => /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$/.test(text ?? '');

function toWire(one: BookedTransaction, transactionDate: string, publisherId: number, currency: string) {
  return {
    id: Number(one.id),
    url: 'http://www.publisher.com',
    advertiserId: one.advertiserId,
    publisherId,
    campaign: one.campaign,
    siteName: 'Publisher',
    commissionStatus: one.status,
    commissionAmount: { amount: one.commission, currency },
    saleAmount: { amount: one.sale, currency },
    clickRefs: one.clickRef === null ? null : { clickRef: one.clickRef },
    clickDate: transactionDate,
    transactionDate,
    validationDate: null,
    type: 'Commission group transaction',
    declineReason: null,
    amended: false,
    paidToPublisher: one.isPaid,
    paymentId: 0,
  };
}
