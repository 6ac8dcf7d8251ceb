import { idName, nameKey, pseudonymOf, splitHint } from './names.ts';

/** An erased name as it is remembered. */
export interface ErasedName {
  fingerprint: Buffer;
  /** The id of a sale: what has it is about them, and it stays. */
  isReference: boolean;
  /** UUID of the customer whose it was. */
  customerId: string;
}

/** By `nameKey`. */
export type ErasedNames = ReadonlyMap<string, ErasedName>;

/** The pseudonym of an id that is erased; anything else as it is. */
export function replaceId(text: string, erased: ErasedNames, provider: string): string {
  const [prefix, id] = splitHint(text);
  for (const [before, value] of [
    ['', text],
    [prefix, id],
  ] as const) {
    const known = erased.get(nameKey(idName(provider, value)));
    if (known !== undefined && !known.isReference) return before + pseudonymOf(value, known.fingerprint);
  }
  return text;
}
