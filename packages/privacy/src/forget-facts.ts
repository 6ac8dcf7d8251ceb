import type { Fact, ObjectFact } from '@tributary/core/facts';
import type { TenantTransaction } from '@tributary/db/transaction';
import { known } from './erased.ts';
import { forgetCustomer } from './forget-customer.ts';
import { redactDocuments } from './redact-documents.ts';
import { type ErasedNames, replaceId } from './replace-id.ts';

/** Facts as they may be kept: whom they name and was erased goes by a pseudonym, without an address or number. */
export async function forgetFacts(tx: TenantTransaction, facts: readonly Fact[]): Promise<Fact[]> {
  const { hasErased, country } = await known(tx);
  if (!hasErased) return [...facts];
  const documents = facts.map((fact) => ({ provider: fact.provider, json: documentOf(fact) }));
  const { documents: redacted, erased } = await redactDocuments(tx, documents);
  return facts.map((fact, index) => {
    if (fact.kind === 'payment') return forgetCustomer(fact, erased, country);
    if (fact.kind !== 'object') return fact;
    return { ...fact, ...renamed(fact, erased), body: redacted[index] as ObjectFact['body'] };
  });
}

function documentOf(fact: Fact) {
  if (fact.kind === 'object') return fact.body;
  return fact.kind === 'payment' ? { id: fact.externalId, ...fact.customer } : null;
}

const renamed = ({ provider, externalId }: ObjectFact, erased: ErasedNames) => ({
  externalId: replaceId(externalId, erased, provider),
});
