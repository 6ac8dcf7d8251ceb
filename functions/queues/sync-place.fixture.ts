import type { Page, PullSource } from '@tributary/core/pull-source';
import { createVirtualClock, type VirtualClock } from '@tributary/sandbox/kernel/virtual-clock';
import type { Merchant } from '@tributary/sandbox/square/merchant';
import { createSquareSandbox, type SquareSandbox } from '@tributary/sandbox/square/sandbox';
import type { TestDatabase } from '@tributary/testing/database';
import { type Office, openOffice, type Shop } from './sync.fixture.ts';

/** A Square merchant of its own, connected and never pulled from. */
export interface Place {
  clock: VirtualClock;
  office: Office;
  square: SquareSandbox;
  merchant: Merchant;
  shop: Shop;
  /** Sells at one-second intervals to one customer, ten and some cents more each time. */
  sell(count: number, locationId?: string): Promise<void>;
  /** Amounts by sale, here and there. */
  sold(): Promise<Record<string, number>>;
  truth(): Record<string, number>;
  streams(): Promise<StoredStream[]>;
  lastRun(): Promise<Record<string, unknown>>;
  connection(): Promise<Record<string, unknown>>;
  pulls(): Promise<{ request: string; body: string }[]>;
  /** From when on the lists were asked for. */
  askedSince(list: 'payments' | 'refunds'): (string | null)[];
}

export interface StoredStream {
  resource: string;
  location_ref: string;
  status: string;
  watermark: Date | null;
  position: { from: string; place: string | null } | null;
  highest: Date | null;
  walk_began_at: Date | null;
}

export interface PlaceOptions {
  pageSize?: number;
  scopes?: readonly string[];
}

let opened = 0;

export async function openPlace(database: TestDatabase, { pageSize = 100, scopes }: PlaceOptions = {}): Promise<Place> {
  opened += 1;
  const clock = createVirtualClock(new Date('2026-11-21T12:00:00Z'));
  const square = createSquareSandbox({ timeline: clock, seed: `place ${opened}` });
  const merchant = square.merchant();
  const { accessToken } = square.authorize(merchant.id, scopes);
  const office = openOffice({ database, clock, pageSize, timeoutMs: 5000 });
  const shop = await office.open({ provider: 'square', accountRef: merchant.id, accessToken, fetch: square.fetch });
  return {
    clock,
    office,
    square,
    merchant,
    shop,
    ...createTill(clock, merchant),
    ...createViews(office, shop, square),
  };
}

function createTill(clock: VirtualClock, merchant: Merchant): Pick<Place, 'sell' | 'truth'> {
  return {
    sell: async (count, locationId) => {
      for (let sale = 0; sale < count; sale += 1) {
        await clock.advance(1000);
        const where = locationId === undefined ? {} : { locationId };
        merchant.takePayment({ amountMinor: 1000 + sale, customerId: 'ANN', ...where });
      }
    },
    truth: () => Object.fromEntries(merchant.payments().map(({ id, amount_money: { amount } }) => [id, amount])),
  };
}

function createViews({ rows }: Office, { orgId, connectionId }: Shop, square: SquareSandbox) {
  const first = async (sql: string, id: string) => (await rows<Record<string, unknown>>(sql, id))[0] ?? {};
  return {
    sold: async () => {
      const sales = await rows<{ id: string; amount: string }>(
        'select provider_transaction_id as id, amount_minor as amount from loyalty.transactions where org_id = $1',
        orgId,
      );
      return Object.fromEntries(sales.map(({ id, amount }) => [id, Number(amount)]));
    },
    streams: () =>
      rows<StoredStream>(
        `select resource, location_ref, status, watermark, position, highest, walk_began_at from sync.streams
         where org_id = $1 order by 1, 2`,
        orgId,
      ),
    lastRun: () =>
      first(
        'select status, reason, pages, objects, changed, bytes::int from sync.runs where org_id = $1 order by id desc limit 1',
        orgId,
      ),
    connection: () =>
      first(
        'select status, run_lease, failures, next_run_at, last_success_at from sync.connections where id = $1',
        connectionId,
      ),
    pulls: () =>
      rows<{ request: string; body: string }>(
        `select request, convert_from(body, 'utf8') as body from sync.pulls where org_id = $1 order by id`,
        orgId,
      ),
    askedSince: (list: string) =>
      square
        .requests()
        .filter(({ path }) => path === `/v2/${list}`)
        .map(({ query }) => new URLSearchParams(query).get('updated_at_begin_time')),
  };
}

/** The source of a place, with something that happens before its pages are read; they are counted from 1. */
export function watched({ office }: Place, before: (page: number) => void | Promise<void>) {
  let page = 0;
  const { square } = office.sources;
  const read: PullSource['page'] = async (...asked): Promise<Page> => {
    page += 1;
    await before(page);
    return square.page(...asked);
  };
  return { sources: { square: { ...square, page: read } } };
}

/** A run that dies before it reads that page: its lease ends by time. False when it had come to its end before. */
export async function killedAt(place: Place, page: number): Promise<boolean> {
  const { promise: died, resolve: die } = Promise.withResolvers<true>();
  const never = new Promise<void>(() => undefined);
  const dying = watched(place, (read) => {
    if (read !== page) return undefined;
    die(true);
    return never;
  });
  const isDead = await Promise.race([died, place.office.run(place.shop, dying).then(() => false)]);
  if (isDead) await place.office.endLease(place.shop);
  return isDead;
}
