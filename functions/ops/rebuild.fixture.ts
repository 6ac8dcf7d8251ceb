import { withTenant } from '@tributary/db/transaction';
import type { Scope } from '@tributary/loyalty/rebuild/read-scope';
import { type RebuildDependencies, rebuild } from '@tributary/sync/rebuild/rebuild';
import { rebuilding } from '../runtime/rebuild.ts';
import type { openSquareTrade, Trade } from './trade.fixture.ts';

export type SquareTrade = Awaited<ReturnType<typeof openSquareTrade>>;

/** Rebuilds what came of the trade, as operators do unless something is changed. */
export const again = ({ office, clock, shop }: Trade, changed: Partial<RebuildDependencies<Scope>> = {}) =>
  rebuild({ ...office.database, clock: clock.now, ...rebuilding, ...changed }, shop.orgId);

export const sell = ({ merchant }: SquareTrade, customerId: string, amountMinor: number) =>
  merchant.takePayment({ amountMinor, customerId, lines: [{ name: 'Tea', priceMinor: amountMinor }] });

/** Webhooks that came, came twice, never came; polls that found the rest; refunds before and after; a sale that was cancelled. */
export async function tradeALot(trade: SquareTrade) {
  const { merchant } = trade;
  const first = sell(trade, 'ANN', 5000);
  await trade.deliver();
  const lost = sell(trade, 'BOB', 3300);
  await trade.lose();
  await trade.office.run(trade.shop);
  merchant.refundPayment({ paymentId: first.id, amountMinor: 1250 });
  await trade.deliver();
  const open = merchant.takePayment({ amountMinor: 900, customerId: 'CID', status: 'APPROVED' });
  merchant.changePayment(open.id, { status: 'CANCELED' });
  await trade.deliver();
  merchant.refundPayment({ paymentId: lost.id });
  await trade.lose();
  merchant.takePayment({ amountMinor: 700 });
  await trade.clock.advance(10 * 60_000);
  await trade.office.run(trade.shop);
  return { first, lost };
}

/** How many lines of each kind the organization has, as rebuilds compare them. */
export async function linesOf({ office, shop }: Trade): Promise<Record<string, number>> {
  const lines = await withTenant({ database: office.database.worker, orgId: shop.orgId }, (tx) =>
    rebuilding.derived.readLines(tx, { customers: [], sales: [] }),
  );
  const kinds: Record<string, number> = {};
  for (const line of lines) {
    const [kind] = JSON.parse(line);
    kinds[kind] = (kinds[kind] ?? 0) + 1;
  }
  return kinds;
}
