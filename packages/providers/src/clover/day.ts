import type { DaySource, Span } from '@tributary/core/day-source';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import { orNull } from '../or-null.ts';
import { expandedPayment, paymentFields } from './expanded.ts';
import { listOf } from './list.ts';
import { readMerchantCurrency } from './merchant.ts';
import { type CloverPayment, toFactsIn } from './payment.ts';
import { readPayment } from './read-payments.ts';

const pageSize = 100;
const payments = listOf(expandedPayment);

/**
 * Payments by when they were made, each with its refunds: Clover tells no time of change of a refund, and no refund apart from its payment.
 * @see https://docs.clover.com/dev/docs/applying-filters
 */
export const cloverDays: DaySource = {
  list: async (call, span) => {
    const made = await listMade(call, span);
    if (made.length === 0) return [];
    const currency = await readMerchantCurrency(call);
    return made.flatMap((payment) => toFactsIn(currency, payment));
  },
  read: async (call, { externalId, parentId }) => {
    const payment = await orNull(readPayment(call, parentId ?? externalId));
    if (payment === null) return null;
    const isPriced = Boolean(payment.order?.currency);
    return toFactsIn(isPriced ? null : await readMerchantCurrency(call), payment);
  },
};

/** Rows do not leave their place, which is when they were made; one that comes late moves others on, so they are read twice and not missed. */
async function listMade(call: ProviderCall, { from, to }: Span): Promise<CloverPayment[]> {
  const filter = [`createdTime>=${from.getTime()}`, `createdTime<=${to.getTime() - 1}`];
  const made = new Map<string, CloverPayment>();
  for (let offset = 0; ; offset += pageSize) {
    const query = {
      filter,
      orderBy: 'createdTime ASC',
      expand: paymentFields,
      limit: String(pageSize),
      offset: String(offset),
    };
    const { elements } = await call({ path: 'payments', query }, payments);
    const before = made.size;
    for (const payment of elements) made.set(payment.id, payment);
    if (elements.length < pageSize) return [...made.values()];
    if (made.size === before) throw new ProviderError('invalid_response', "Clover's payments run in circles");
  }
}
