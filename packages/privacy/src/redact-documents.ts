import type { Json } from '@tributary/core/canonical-json';
import type { TenantTransaction } from '@tributary/db/transaction';
import { buryEach, findErased, known } from './erased.ts';
import { type Name, namesOf } from './names.ts';
import { follow, redact } from './redact.ts';
import type { ErasedNames } from './replace-id.ts';

export interface Document {
  provider: string;
  json: Json;
}

export interface RedactedDocuments {
  /** In order; the same where a document names nobody erased. */
  documents: Json[];
  erased: ErasedNames;
  /** Names that the documents told of erased subjects beside those that were known. */
  found: number;
}

/** A name leads to a contact, the contact to its invoices; and a sale to its order. */
const mostRounds = 3;

/**
 * Documents of the organization without what they say of erased subjects. What they tell of further names of a subject is remembered as
 * erased too. @param more names to look for that are in none of the documents
 */
export async function redactDocuments(
  tx: TenantTransaction,
  documents: readonly Document[],
  more: readonly Name[] = [],
): Promise<RedactedDocuments> {
  const { hasErased, country } = await known(tx);
  const asTheyAre = documents.map(({ json }) => json);
  if (!hasErased) return { documents: asTheyAre, erased: new Map(), found: 0 };
  const names = [...more, ...documents.flatMap(({ provider, json }) => [...namesOf(json, provider, country).values()])];
  let erased = await findErased(tx, names);
  let found = 0;
  for (let round = 0; round < mostRounds && erased.size > 0; round += 1) {
    const followed = documents.flatMap(({ provider, json }) => follow(json, erased, { provider, country }));
    const told = await buryEach(tx, followed);
    if (told === 0) break;
    found += told;
    erased = await findErased(tx, names);
  }
  return {
    documents: documents.map(({ provider, json }) => redact(json, erased, { provider, country })),
    erased,
    found,
  };
}
