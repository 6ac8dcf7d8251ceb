import { TypeID } from 'typeid-js';
import { AppError } from './errors.ts';

/** Prefix of each kind of id shown outside: `wal_01h…` (https://github.com/jetify-com/typeid). Inside, ids are UUIDv7. */
export const idPrefixes = {
  organization: 'org',
  connection: 'con',
  run: 'run',
  delivery: 'dlv',
  event: 'evt',
  customer: 'cus',
  wallet: 'wal',
  transaction: 'txn',
  rewardRule: 'rul',
  reward: 'rwd',
  posting: 'pst',
  account: 'acc',
  adjustment: 'adj',
  auditRecord: 'aud',
  apiKey: 'key',
  user: 'usr',
  member: 'mem',
  invitation: 'inv',
  session: 'ses',
  deal: 'del',
  subAffiliate: 'sub',
  traffic: 'trf',
  invoice: 'ivc',
  automationRule: 'aru',
  alert: 'alr',
  statChange: 'chg',
} as const;

export type IdKind = keyof typeof idPrefixes;

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

export function isUuid(text: string): boolean {
  return uuidPattern.test(text);
}

// 128 bits, of which the eleventh and the fourteenth digit hold the version and the variant of a UUID (RFC 9562, section 4).
const digit = '[0-9a-hjkmnp-tv-z]';
const uuidDigits = `[0-7]${digit}{9}[2-9a-h]${digit}{2}[89abr-tv]${digit}{12}`;

/** Matches what is written as an id of one of the kinds, for filters: `readId` reads it, and it may name nothing. */
export function idPattern(...kinds: readonly IdKind[]): RegExp {
  const prefixes = kinds.map((kind) => idPrefixes[kind]).join('|');
  return new RegExp(`^${kinds.length > 1 ? `(${prefixes})` : prefixes}_${uuidDigits}$`);
}

/** UUID → TypeID of that kind. */
export function showId(kind: IdKind, uuid: string): string {
  return TypeID.fromUUID(idPrefixes[kind], uuid).toString();
}

/** TypeID of that kind → UUID. Anything else is `not_found`: a malformed id names nothing, just as an unknown one. */
export function readId(kind: IdKind, text: string): string {
  try {
    const id = TypeID.fromString(text);
    if (id.getType() === idPrefixes[kind]) return id.toUUID();
  } catch {
    // Malformed: the same answer as for an id that names nothing.
  }
  throw new AppError('not_found', 'No such object.');
}
