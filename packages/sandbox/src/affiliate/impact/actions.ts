import type { Reply, RoutedRequest } from '../../kernel/message.ts';
import type { Clock } from '../../kernel/timeline.ts';
import type { Book } from '../book.ts';
import { zonedTime } from '../zoned-time.ts';
import type { ImpactAccount } from './impact-sandbox.ts';
import { refuse } from './refuse.ts';

/** A conversion, as it stands. */
export interface BookedAction {
  readonly id: string;
  readonly at: Date;
  readonly campaignId: number;
  readonly state: string;
  /** Decimals as text. */
  readonly amount: string;
  readonly payout: string;
  readonly sharedId: string;
  readonly subId1: string;
}

interface Books {
  readonly book: Book<BookedAction>;
  readonly account: ImpactAccount;
  readonly now: Clock;
}

const dayMs = 86_400_000;
const longestDays = 45;
const maxPageSize = 20_000;

/** Newest first, by event date; of the last seven days unless told. */
export function listActions(request: RoutedRequest, { book, account, now }: Books): Reply {
  const { query, contentFault } = request;
  const start = readInstant(query.get('ActionDateStart'), now().getTime() - 7 * dayMs);
  const end = readInstant(query.get('ActionDateEnd'), now().getTime());
  const page = readCount(query.get('Page'), 1);
  const pageSize = readCount(query.get('PageSize'), maxPageSize);
  if (start === null || end === null || page === null || pageSize === null || pageSize > maxPageSize)
    return refuse(400, 'A parameter is invalid');
  if (end - start > longestDays * dayMs) return refuse(400, `The dates are more than ${longestDays} days apart`);
  if (contentFault?.kind === 'shifting_page') bookLatest(book, start, end);
  const found = book
    .all()
    .filter(({ at }) => at.getTime() >= start && at.getTime() <= end)
    .sort((one, other) => other.at.getTime() - one.at.getTime() || (one.id < other.id ? 1 : -1));
  const currency = contentFault?.kind === 'wrong_currency' ? 'XTS' : account.currency;
  const listed = found.slice((page - 1) * pageSize, page * pageSize);
  const pages = Math.ceil(found.length / pageSize);
  const shown = contentFault?.kind === 'cursor_loop' ? Math.max(1, page - 1) : page;
  const next =
    shown < pages
      ? `${request.path}?${new URLSearchParams({ ...Object.fromEntries(query), Page: String(shown + 1) })}`
      : '';
  const body = {
    '@page': String(shown),
    '@numpages': String(pages),
    '@pagesize': String(pageSize),
    '@total': String(found.length),
    '@nextpageuri': next,
    Actions: listed.map((action) => toWire(action, account.timeZone, currency)),
  };
  return { status: 200, body };
}

/** As an action that happens while a list is read: it moves all others. */
function bookLatest(book: Book<BookedAction>, start: number, end: number): void {
  const latest = book.all().find(({ at }) => at.getTime() >= start && at.getTime() <= end);
  if (latest !== undefined) book.add({ ...latest, id: `${latest.id}.${book.all().length}`, at: new Date(end) });
}

function toWire(
  { id, at, campaignId, state, amount, payout, sharedId, subId1 }: BookedAction,
  timeZone: string,
  currency: string,
) {
  const { day, time, offset } = zonedTime(at, timeZone);
  return {
    Id: id,
    CampaignId: String(campaignId),
    CampaignName: `Campaign ${campaignId}`,
    ActionTrackerId: '2240',
    ActionTrackerName: 'Sale',
    State: state,
    Payout: payout,
    Amount: amount,
    Currency: currency,
    EventDate: `${day}T${time}${offset}`,
    Oid: '9217374917472',
    SharedId: sharedId,
    SubId1: subId1,
    SubId2: '',
    SubId3: '',
  };
}

/** ISO 8601 to the second, with a zone. */
function readInstant(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(Z|[+-]\d{2}:\d{2})$/.test(text) ? Date.parse(text) : null;
}

function readCount(text: string | null, otherwise: number): number | null {
  if (text === null) return otherwise;
  return /^[1-9]\d{0,6}$/.test(text) ? Number(text) : null;
}
