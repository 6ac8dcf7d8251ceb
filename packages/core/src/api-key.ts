import { createHash } from 'node:crypto';
import { crc32 } from 'node:zlib';
import * as z from 'zod';
import { idPrefixes, readId, showId } from './ids.ts';

/** Where a key is of use: `live` in production, `test` on every other stage. */
export const keyEnvironment = z.enum(['live', 'test']);

export type KeyEnvironment = z.infer<typeof keyEnvironment>;

/** What somebody has who presents a key. */
export interface ApiKey {
  /** UUID. Names the key and is no secret. */
  id: string;
  /** `secretLength` characters of `secretAlphabet`: 256 random bits. */
  secret: string;
}

export const secretAlphabet = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
export const secretLength = 43;
const checksumLength = 6;

const keyPattern = new RegExp(
  `^(trb_(live|test)_([0-9a-z]{26})_([0-9A-Za-z]{${secretLength}}))([0-9A-Za-z]{${checksumLength}})$`,
);

/** Where a text holds what might be a key: to be kept out of URLs and logs. */
export const keyTrace = /trb_(live|test)_/i;

/** What is shown of a key when it is listed: `trb_live_01h…`, all but the secret. */
export function keyPrefix(environment: KeyEnvironment, id: string): string {
  return `trb_${environment}_${showId('apiKey', id).slice(idPrefixes.apiKey.length + 1)}`;
}

/**
 * `trb_live_<id>_<secret><checksum>`: the id as in `key_<id>`, the checksum CRC-32 of all before it in base 62. Letters, digits and
 * underscores only, so that a double click selects it whole; a prefix by which scanners know it.
 */
export function writeApiKey(environment: KeyEnvironment, { id, secret }: ApiKey): string {
  const text = `${keyPrefix(environment, id)}_${secret}`;
  return text + checksumOf(text);
}

/** The key that a text is, or null: of another form or environment, or mistyped. CRC-32 misses no change of a single character. */
export function readApiKey(environment: KeyEnvironment, text: string): ApiKey | null {
  const [, checked = '', itsEnvironment, suffix, secret = '', checksum] = keyPattern.exec(text) ?? [];
  if (itsEnvironment !== environment || checksumOf(checked) !== checksum) return null;
  try {
    return { id: readId('apiKey', `${idPrefixes.apiKey}_${suffix}`), secret };
  } catch {
    // 26 characters that are no UUID.
    return null;
  }
}

/** What is stored of a secret: SHA-256. */
export function hashSecret(secret: string): Buffer {
  return createHash('sha256').update(secret).digest();
}

function checksumOf(text: string): string {
  let rest = crc32(text);
  let digits = '';
  for (let place = 0; place < checksumLength; place += 1) {
    digits = secretAlphabet.charAt(rest % 62) + digits;
    rest = Math.floor(rest / 62);
  }
  return digits;
}
