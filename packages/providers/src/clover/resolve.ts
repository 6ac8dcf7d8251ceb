import type { Json } from '@tributary/core/canonical-json';
import { PermanentFailure } from '@tributary/core/errors';
import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import { hintOf, revocationOf } from './hint.ts';
import { readMerchantCurrency } from './merchant.ts';
import { type CloverPayment, toFactsIn } from './payment.ts';
import { readOrderPayments, readPayment } from './read-payments.ts';

/** By kind of object: how its payments are asked for. Other kinds say nothing we keep. */
const readers = new Map<string, (call: ProviderCall, id: string) => Promise<CloverPayment[]>>([
  ['P', async (call, id) => [await readPayment(call, id)]],
  ['O', readOrderPayments],
]);

/**
 * What a Clover event says happened: it hints at an object, which is asked for. An order that was deleted cannot be, and its payments
 * stay as they are.
 * @throws PermanentFailure `invalid_payload`, or `provider_not_found` when there is no such object; ProviderError when asking again
 * may help
 */
export async function resolve(event: { type: string; payload: Json }, call: ProviderCall): Promise<Fact[]> {
  const revocation = revocationOf(event);
  if (revocation) return [revocation];
  const { kind, id } = hintOf(event);
  const read = readers.get(kind);
  if (read === undefined || event.type === 'O:DELETE') return [];
  const payments = await read(call, id).catch((error: unknown) => {
    if (error instanceof ProviderError && error.kind === 'not_found')
      throw new PermanentFailure('provider_not_found', 'Clover has no such object', { cause: error });
    throw error;
  });
  const isUnpriced = payments.some(({ order }) => !order?.currency);
  const merchantCurrency = isUnpriced ? await readMerchantCurrency(call) : null;
  return payments.flatMap((payment) => toFactsIn(merchantCurrency, payment));
}
