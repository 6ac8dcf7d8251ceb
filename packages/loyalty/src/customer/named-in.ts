import type { Json } from '@tributary/core/canonical-json';
import type { TenantTransaction } from '@tributary/db/transaction';
import { idName, type Name, nameKey, nameOf, namesOf } from '@tributary/privacy/names';
import type { Identity } from './identity.ts';

/** By what documents of providers are known to be about somebody: the same by which they are erased. */
export interface Subject {
  /** By `nameKey`. */
  names: ReadonlyMap<string, Name>;
  /** ISO 3166-1 alpha-2, for numbers without a country code. */
  country: string;
  /** What stands in a document that names them, … */
  texts: string[];
  /** … or else digits, whatever is between them. */
  digits: string[];
}

export const subjectOf = (identities: readonly Identity[], country: string): Subject =>
  knownBy(identities.map(nameOf), country);

function knownBy(names: readonly Name[], country: string): Subject {
  const values = (wanted: Name[0]) => names.flatMap(([kind, , value]) => (kind === wanted ? [value] : []));
  return {
    names: new Map(names.map((name) => [nameKey(name), name])),
    country,
    texts: [...values('id').map(inJson), ...values('email').map(beforeDomain)],
    digits: values('mobile').map((mobile) => mobile.slice(-4)),
  };
}

const inJson = (text: string) => JSON.stringify(text).slice(1, -1);

/** A domain may be written in other letters; what is before it too, unless it is ASCII. */
const beforeDomain = (email: string) => /^[\x21-\x7e]+@/.exec(email)?.[0] ?? '@';

/**
 * SQL: whether a document may name somebody, which `isNamedIn` decides. Numbers are written in parts and in many ways: their last digits
 * are looked for. @param texts, digits SQL for those of a subject
 */
export const mayName = (document: string, texts: string, digits: string) =>
  `(exists (select from unnest(${texts}::text[]) as told (name) where strpos(lower(${document}::text), lower(told.name)) > 0)
    or exists (select from unnest(${digits}::text[]) as told (last)
      where strpos(regexp_replace(${document}::text, '[^0-9]', '', 'g'), told.last) > 0))`;

/** Whether one of the texts of a document, whole and however written, is what somebody is known by; an address also within a text. */
export function isNamedIn({ names, country }: Subject, provider: string, document: Json | undefined): boolean {
  if (document === undefined) return false;
  return [...namesOf(document, provider, country).keys()].some((key) => names.has(key));
}

/** With the ids of contacts that a provider keeps of them: its other objects name these. */
export async function followContacts(tx: TenantTransaction, subject: Subject): Promise<Subject> {
  const contacts = await tx.query<{ provider: string; externalId: string; body: Json }>(
    `select c.provider, r.external_id as "externalId", r.body
     from sync.objects r join sync.connections c on c.org_id = $1 and c.id = r.connection_id
     where r.org_id = $1 and r.resource = 'Contacts' and ${mayName('r.body', '$2', '$3')}`,
    [tx.orgId, subject.texts, subject.digits],
  );
  const theirs = contacts.filter(({ provider, body }) => isNamedIn(subject, provider, body));
  const ids = theirs.map(({ provider, externalId }) => idName(provider, externalId));
  return knownBy([...subject.names.values(), ...ids], subject.country);
}
