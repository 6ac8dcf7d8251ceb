import { type Clock, systemClock } from '@tributary/core/clock';
import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type { PullSource } from '@tributary/core/pull-source';
import { readPage } from '../walk/read-page.ts';
import { type CloverRow, changesIn, cloverLists, type Span } from './changes.ts';
import { readLinesOf, withLines } from './lines.ts';
import { readMerchantCurrency } from './merchant.ts';
import { toFactsIn } from './payment.ts';
import { nextWindow, placeInWindow, windowAt } from './window.ts';

interface Options {
  clock?: Clock;
  /** Clover gives 1,000 at most; expanded, a hundred are a few hundred kilobytes. */
  pageSize?: number;
}

/**
 * Payments, and orders for the payments they have: a payment is found if either has changed.
 *
 * Looks back three minutes: Clover promises nothing, a list may lag behind and a row's time may be that of any of its machines.
 */
export function createCloverSource({ clock = systemClock, pageSize = 100 }: Options = {}): PullSource {
  return {
    overlapMs: 180_000,
    streams: async () => Object.keys(cloverLists).map((resource) => ({ resource, locationRef: '' })),
    page: async (call, { resource }, position) => {
      const list = new Map(Object.entries(cloverLists)).get(resource);
      if (list === undefined) throw new ProviderError('not_found', 'Clover has no such list');
      const { span, place } = windowAt(position);
      const page = await readPage(changesIn(call, list, { span, pageSize }), place);
      return {
        objects: page.rows.map(({ id, version }) => ({ id, version })),
        facts: await factsOf(call, page.rows, pageSize),
        place: page.place === null ? nextWindow(span, clock()) : placeInWindow(position, page.place),
      };
    },
  };
}

async function factsOf(call: ProviderCall, rows: readonly CloverRow[], pageSize: number): Promise<Fact[]> {
  const payments = rows.flatMap((row) => row.payments);
  if (payments.length === 0) return [];
  const currency = await readMerchantCurrency(call);
  const orderIds = payments.flatMap(({ order }) => order?.id ?? []);
  const lines = await readLinesOf(call, orderIds, { span: spanOf(rows), pageSize });
  return payments.flatMap((payment) => {
    const own = payment.order?.currency?.toUpperCase() ?? currency;
    if (own === null) throw new ProviderError('invalid_response', 'Clover names no currency for a payment');
    // Taken for true it would stand, since the right amounts come with the same time of change.
    if (currency !== null && own !== currency)
      throw new ProviderError('invalid_response', "Clover lists amounts in another currency than the merchant's");
    return toFactsIn(currency, withLines(payment, lines.get(payment.order?.id ?? '') ?? {}));
  });
}

/** An order may change a moment before or after its payment. */
const slackMs = 60_000;

function spanOf(rows: readonly CloverRow[]): Span {
  const [first, last] = [rows[0], rows.at(-1)].map((row) => row?.version.getTime() ?? 0) as [number, number];
  return { fromMs: Math.max(0, first - slackMs), toMs: last + slackMs };
}
