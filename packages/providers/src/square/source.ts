import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import type { Page, PullSource, StreamName, WalkPosition } from '@tributary/core/pull-source';
import { readPage, type WalkedPage, type WalkedRow } from '../walk/read-page.ts';
import { changesAt, squareLists } from './changes.ts';
import { readLocations } from './locations.ts';
import { withOrders } from './orders.ts';
import * as refund from './refund.ts';

type ReadStream = (
  call: ProviderCall,
  asked: WalkPosition & Pick<StreamName, 'locationRef' | 'currency'> & { pageSize: number },
) => Promise<Page>;

const streams: Readonly<Record<string, ReadStream>> = { payments: readPayments, refunds: readRefunds };

/**
 * Payments and refunds of each location, and what the payments' orders say.
 *
 * Looks back three minutes: lists lag "several seconds" behind, and a row's time may be that of any machine at Square; two that are a
 * minute off in opposite directions are two minutes apart.
 */
export function createSquareSource({ pageSize = 100 }: { pageSize?: number } = {}): PullSource {
  return {
    overlapMs: 180_000,
    streams: async (call): Promise<StreamName[]> => {
      const locations = await readLocations(call);
      return locations.flatMap(({ id, currency }) =>
        Object.keys(streams).map((resource) => ({ resource, locationRef: id, currency })),
      );
    },
    page: async (call, { resource, locationRef, currency = null }, position) => {
      const read = streams[resource];
      if (read === undefined) throw new ProviderError('not_found', 'Square has no such list');
      return read(call, { ...position, locationRef, currency, pageSize });
    },
  };
}

async function readPayments(...[call, asked]: Parameters<ReadStream>): Promise<Page> {
  const page = await readPage(changesAt(call, squareLists.payments, asked), asked.place);
  const payments = page.rows.map(({ object }) => object);
  requireOwnCurrency(asked, payments);
  return toPage(page, await withOrders(call, payments));
}

async function readRefunds(...[call, asked]: Parameters<ReadStream>): Promise<Page> {
  const page = await readPage(changesAt(call, squareLists.refunds, asked), asked.place);
  const refunds = page.rows.map(({ object }) => object);
  requireOwnCurrency(asked, refunds);
  return toPage(
    page,
    refunds.flatMap((object) => refund.toFact(object) ?? []),
  );
}

/**
 * A location deals in one currency. A page in another is refused: taken for true it would stand, since the right amounts come with
 * the same time of change.
 */
function requireOwnCurrency(
  { currency: own }: Pick<StreamName, 'currency'>,
  objects: readonly { amount_money: { currency: string } }[],
): void {
  if (own && objects.some(({ amount_money: money }) => money.currency.toUpperCase() !== own))
    throw new ProviderError('invalid_response', "Square lists amounts in another currency than the location's");
}

function toPage({ rows, place }: WalkedPage<WalkedRow>, facts: readonly Fact[]): Page {
  return { objects: rows.map(({ id, version }) => ({ id, version })), facts, place };
}
