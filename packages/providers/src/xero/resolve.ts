import type { Json } from '@tributary/core/canonical-json';
import { PermanentFailure } from '@tributary/core/errors';
import type { Fact } from '@tributary/core/facts';
import type { ProviderCall } from '@tributary/core/provider-call';
import { ProviderError } from '@tributary/core/provider-error';
import { readObject } from './changes.ts';
import { hintOf, type XeroHint } from './hint.ts';
import type { XeroResource } from './objects.ts';

const resourceOf: Readonly<Record<XeroHint['category'], XeroResource>> = {
  CONTACT: 'Contacts',
  INVOICE: 'Invoices',
  CREDITNOTE: 'CreditNotes',
};

/**
 * What a Xero event says happened: it hints at an object, which is asked for. Empty for what we do not read.
 * @throws PermanentFailure `invalid_payload`, or `provider_not_found` when there is no such object; ProviderError when asking again
 * may help
 */
export async function resolve(event: { type: string; payload: Json }, call: ProviderCall): Promise<Fact[]> {
  const hint = hintOf(event);
  if (hint === null) return [];
  try {
    return [await readObject(call, resourceOf[hint.category], hint.id)];
  } catch (error) {
    if (error instanceof ProviderError && error.kind === 'not_found')
      throw new PermanentFailure('provider_not_found', 'Xero has no such object', { cause: error });
    throw error;
  }
}
