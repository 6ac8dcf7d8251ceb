import type { Json } from '@tributary/core/canonical-json';
import type { NameOfErased } from './erased.ts';
import { keptFields, keptOfPersons, lists, persons } from './kept-fields.ts';
import { contactsIn, idName, type Name, nameKey, namesOf } from './names.ts';
import { type ErasedNames, replaceId } from './replace-id.ts';

interface Wire {
  provider: string;
  /** ISO 3166-1 alpha-2, for numbers without a country code. */
  country: string;
}

type Members = { readonly [key: string]: Json | undefined };
const isObject = (value: Json | undefined): value is Members =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The objects that a document holds: those of its lists, else itself. */
export function objectsOf(document: Json): Json[] {
  const objects: Json[] = [];
  mapObjects(document, (object) => {
    objects.push(object);
    return object;
  });
  return objects;
}

function mapObjects(document: Json, map: (object: Json) => Json): Json {
  if (!isObject(document) || Object.keys(document).some((name) => ownId.test(name))) return map(document);
  const listed = Object.entries(document).filter(([name, value]) => lists.has(name) && isList(name, value));
  if (listed.length === 0) return map(document);
  return { ...document, ...Object.fromEntries(listed.map(([name, value]) => [name, mapList(value, map)])) };
}

/** What has an id is an object, whatever lists it has: Xero's invoices have their payments. */
const ownId = /^id$|[a-z]ID$/;

/** Clover's deliveries have a list per merchant. */
const isList = (name: string, value: Json | undefined) =>
  Array.isArray(value) || (name === 'merchants' && isObject(value));

function mapList(value: Json | undefined, map: (object: Json) => Json): Json {
  if (Array.isArray(value)) return value.map(map);
  return Object.fromEntries(Object.entries(value as Members).map(([name, list]) => [name, mapList(list ?? [], map)]));
}

/**
 * A document without what it says of erased subjects: of each object that names one, only the fields that are kept, and a pseudonym for
 * an id of theirs. The same document when none does.
 */
export function redact(document: Json, erased: ErasedNames, wire: Wire): Json {
  if (erased.size === 0) return document;
  let changed = false;
  const redacted = mapObjects(document, (object) => {
    if (![...namesOf(object, wire.provider, wire.country).keys()].some((key) => erased.has(key))) return object;
    const kept = keep(object, erased, wire, keptFields) ?? null;
    changed ||= JSON.stringify(kept) !== JSON.stringify(object);
    return kept;
  });
  return changed ? redacted : document;
}

function keep(value: Json, erased: ErasedNames, wire: Wire, kept: ReadonlySet<string>): Json {
  if (typeof value === 'string') return keepText(value, erased, wire);
  if (Array.isArray(value)) return value.map((member) => keep(member, erased, wire, kept));
  if (!isObject(value)) return value;
  const members = Object.entries(value).flatMap(([name, member]): [string, Json][] => {
    if (!kept.has(name) || member === undefined) return [];
    return [[name, keep(member, erased, wire, persons.has(name) ? keptOfPersons : kept)]];
  });
  return Object.fromEntries(members);
}

/** Null for what is, or has in it, an erased address or number. */
function keepText(text: string, erased: ErasedNames, { provider, country }: Wire): string | null {
  if (contactsIn(text, country).some((name) => erased.has(nameKey(name)))) return null;
  return replaceId(text, erased, provider);
}

/** What of a request line is an id: between what separates them in an address and in JSON. */
const token = /[^\s/?&=,:;"'{}[\]()]+/g;

/** A request line without erased ids. */
export function redactRequest(line: string, erased: ErasedNames, provider: string): string {
  if (erased.size === 0) return line;
  return line.replace(token, (text) => replaceId(text, erased, provider));
}

/** What a request line may name. */
export function requestNames(line: string, provider: string): Name[] {
  return (line.match(token) ?? []).map((text) => idName(provider, text));
}

const referring = new Set(['order_id', 'payment_id']);
const sales = new Set(['payment', 'order', 'refund']);

/**
 * Follows objects that name somebody by more than the id of a sale: further names by which others of a provider's objects are about the
 * same person. An object that names two is the first one's.
 */
export function follow(document: Json, erased: ErasedNames, wire: Wire): NameOfErased[] {
  return objectsOf(document).flatMap((object): NameOfErased[] => {
    const named = [...namesOf(object, wire.provider, wire.country).keys()].map((key) => erased.get(key));
    const subject = named.find((one) => one?.isReference === false);
    if (subject === undefined || !isObject(object)) return [];
    const { customerId } = subject;
    const { ContactID: contactId, ContactStatus: status } = object;
    const isContact = typeof contactId === 'string' && typeof status === 'string';
    const ids = isContact ? [contactId] : referencesIn(object, true);
    return ids.map((id) => ({ name: idName(wire.provider, id), customerId, isReference: !isContact }));
  });
}

function referencesIn(value: Json | undefined, isSale: boolean): string[] {
  if (Array.isArray(value)) return value.flatMap((member) => referencesIn(member, false));
  if (!isObject(value)) return [];
  return Object.entries(value).flatMap(([name, member]) => {
    if (persons.has(name)) return [];
    if (typeof member === 'string') return referring.has(name) || (name === 'id' && isSale) ? [member] : [];
    return referencesIn(member, sales.has(name));
  });
}
