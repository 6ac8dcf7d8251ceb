import type { CustomerRef, PaymentFact } from '@tributary/core/facts';
import { idName, nameKey, namesIn } from './names.ts';
import { type ErasedNames, replaceId } from './replace-id.ts';

/** A payment without the names of who was erased; the same when it names nobody who was. */
export function forgetCustomer(fact: PaymentFact, erased: ErasedNames, country: string): PaymentFact {
  const { provider, customer } = fact;
  if (customer === null) return fact;
  const told = [...Object.values(customer as Record<string, string>), fact.externalId];
  const names = told.flatMap((text) => [idName(provider, text), ...namesIn(text, provider, country)]);
  return names.some((name) => erased.has(nameKey(name)))
    ? { ...fact, customer: pseudonymous(customer, erased, provider) }
    : fact;
}

function pseudonymous({ externalId }: CustomerRef, erased: ErasedNames, provider: string): CustomerRef | null {
  return externalId === undefined ? null : { externalId: replaceId(externalId, erased, provider) };
}
