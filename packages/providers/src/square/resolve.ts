import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import { factsOf, paymentOf, type SquareEvent } from './facts.ts';
import { withOrder } from './orders.ts';

/**
 * What a Square event says happened. It carries its object; of a payment the order is asked for, since only that has lines and tax.
 * @throws PermanentFailure `invalid_payload`, or ProviderError when asking again may help
 */
export async function resolve(event: SquareEvent, call: ProviderCall): Promise<Fact[]> {
  const payment = paymentOf(event);
  return payment ? [await withOrder(call, payment)] : factsOf(event);
}
