import type { Json } from '@tributary/core/canonical-json';
import { normalizeEmail, normalizeMobile } from '@tributary/core/contact';

/** Something that may name somebody: `[kind, provider, value]`, as `privacy.fingerprint` takes it. `id`: one of a provider's. */
export type Name = readonly [kind: 'id' | 'email' | 'mobile', provider: string, value: string];

export const nameKey = (name: Name) => name.join('\n');

const guid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** A provider's id; of GUIDs case says nothing. */
export const idName = (provider: string, value: string): Name => [
  'id',
  provider,
  guid.test(value) ? value.toLowerCase() : value,
];

/** An identity of a customer as a name. */
export function nameOf({ kind, provider, value }: { kind: string; provider: string; value: string }): Name {
  return kind === 'external' ? idName(provider, value) : [kind as 'email' | 'mobile', '', value];
}

/** No name is longer (`loyalty.customer_identities`). */
const longest = 320;
const address = /[^\s<>"',;:()[\]]+@[^\s<>"',;:()[\]]+/g;
const dialled = /^[+(]?\d[\d\s().\-/]{5,30}$/;

/**
 * What a text may name, whichever way it is written.
 * @param country ISO 3166-1 alpha-2, for numbers without a country code
 */
export function namesIn(text: string, provider: string, country: string): Name[] {
  const value = text.trim();
  const id = value === '' || value.length > longest ? [] : [idName(provider, value)];
  return [...id, ...contactsIn(value, country)];
}

/** Addresses wherever they stand in a text, and the number it is. */
export function contactsIn(text: string, country: string): Name[] {
  const emails = text.includes('@') ? (text.match(address) ?? []).map(normalizeEmail) : [];
  const mobile = dialled.test(text) ? normalizeMobile(text, country) : null;
  return [
    ...emails.filter((email) => email !== null).map((email) => ['email', '', email] as const),
    ...(mobile === null ? [] : [['mobile', '', mobile] as const]),
  ];
}

/** `ABC` of `C:ABC`, as Clover writes of a customer that changed. */
export const splitHint = (text: string): readonly [prefix: string, id: string] => {
  const [prefix = ''] = /^[A-Z]+:/.exec(text) ?? [];
  return [prefix, text.slice(prefix.length)];
};

/** All names a document may hold, each once. */
export function namesOf(document: Json, provider: string, country: string): Map<string, Name> {
  const names = new Map<string, Name>();
  const add = (text: string) => {
    for (const name of namesIn(text, provider, country)) names.set(nameKey(name), name);
  };
  const visit = (value: Json | undefined): void => {
    if (typeof value === 'string') {
      add(value);
      const [prefix, id] = splitHint(value);
      if (prefix !== '') add(id);
    } else if (typeof value === 'object' && value !== null) {
      const number = telephoneOf(value);
      if (number !== null) add(number);
      for (const member of Object.values(value)) visit(member);
    }
  };
  visit(document);
  return names;
}

/** Xero has a number in three parts. */
function telephoneOf(value: object): string | null {
  const { PhoneCountryCode, PhoneAreaCode, PhoneNumber } = value as Record<string, unknown>;
  if (typeof PhoneNumber !== 'string') return null;
  const parts = [PhoneCountryCode, PhoneAreaCode, PhoneNumber].filter(
    (part) => typeof part === 'string' && part !== '',
  );
  const hasCountry = typeof PhoneCountryCode === 'string' && PhoneCountryCode !== '';
  return `${hasCountry && !PhoneCountryCode.startsWith('+') ? '+' : ''}${parts.join('')}`;
}

/** What stands for an erased id from then on: the same for the same id, and a GUID for a GUID, since some are read as such. */
export function pseudonymOf(value: string, fingerprint: Buffer): string {
  const hex = fingerprint.toString('hex');
  if (!guid.test(value)) return `erased-${hex.slice(0, 20)}`;
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join('-');
}
