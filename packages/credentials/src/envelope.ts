import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  createSecretKey,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { Clock } from '@tributary/core/clock';
import { AppError, PermanentFailure } from '@tributary/core/errors';
import { isUuid } from '@tributary/core/ids';
import { createDataKeyCache, type DataKey } from './data-key-cache.ts';
import type { DataKeyService } from './data-key-service.ts';
import { ivBytes, readSealed, type Sealed, type SealedParts, tagBytes, toSealed, unreadable } from './sealed.ts';

/** Where a credential belongs. It opens nowhere else: not in another organization, connection or field. */
export interface CredentialPlace {
  readonly orgId: string;
  readonly connectionId: string;
  /** Name of the field: `access_token`. */
  readonly field: string;
}

export interface Envelope {
  /** @throws AppError `validation_failed` for a malformed place, `unavailable` when KMS is needed and does not answer. */
  seal(place: CredentialPlace, plaintext: string): Promise<Sealed>;
  /**
   * @throws PermanentFailure `credential_unreadable` when it was altered, moved from another place, or sealed under another KMS key.
   * @throws AppError `validation_failed`, `unavailable` as in `seal`: without KMS nothing opens.
   */
  open(place: CredentialPlace, sealed: unknown): Promise<string>;
}

const algorithm = 'aes-256-gcm';
const fieldPattern = /^[a-z][a-z0-9_]{0,62}$/;

/**
 * Envelope encryption of providers' credentials: a data key per connection from KMS, AES-256-GCM with a random 96-bit IV and
 * a 128-bit tag (NIST SP 800-38D), and a commitment to the key. `place` and format version are authenticated, so moving a
 * sealed value to another row is noticed.
 */
export function createEnvelope(options: { kms: DataKeyService; keyArn: string; clock: Clock }): Envelope {
  const { kms, keyArn } = options;
  const cache = createDataKeyCache(options.clock);

  const newDataKey = async (place: CredentialPlace): Promise<DataKey> => {
    const { plaintext, wrapped } = await answered(kms.generateDataKey({ keyArn, context: contextOf(place) }));
    return { key: toKey(plaintext), wrapped: Buffer.from(wrapped) };
  };
  const unwrap = async (place: CredentialPlace, wrapped: Buffer): Promise<DataKey> => {
    return { key: toKey(await answered(kms.decrypt({ keyArn, context: contextOf(place), wrapped }))), wrapped };
  };

  return {
    async seal(place, plaintext) {
      requirePlace(place);
      const { key, wrapped } = await cache.use(`seal ${place.orgId} ${place.connectionId}`, () => newDataKey(place));
      return encrypt(place, key, wrapped, plaintext);
    },
    async open(place, sealed) {
      requirePlace(place);
      const parts = readSealed(sealed);
      const name = `open ${place.orgId} ${place.connectionId} ${parts.wrappedKey.toString('base64')}`;
      const { key } = await cache.use(name, () => unwrap(place, parts.wrappedKey));
      return decrypt(place, key, parts);
    },
  };
}

function encrypt(place: CredentialPlace, key: KeyObject, wrappedKey: Buffer, plaintext: string): Sealed {
  const commitment = commitTo(key);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(place, commitment));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return toSealed({ wrappedKey, commitment, iv, ciphertext, tag: cipher.getAuthTag() });
}

function decrypt(place: CredentialPlace, key: KeyObject, parts: SealedParts): string {
  if (!timingSafeEqual(commitTo(key), parts.commitment)) throw unreadable();
  // authTagLength: without it Node accepts tags of four bytes.
  const decipher = createDecipheriv(algorithm, key, parts.iv, { authTagLength: tagBytes });
  decipher.setAAD(authenticated(place, parts.commitment));
  decipher.setAuthTag(parts.tag);
  try {
    return Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]).toString('utf8');
  } catch {
    throw unreadable();
  }
}

function commitTo(key: KeyObject): Buffer {
  return createHmac('sha256', key).update('tributary credential v1: key commitment').digest();
}

/** Each part after its length: no two places share an encoding. */
function authenticated(place: CredentialPlace, commitment: Buffer): Buffer {
  const texts = ['tributary credential', 'v1', place.orgId, place.connectionId, place.field];
  const parts = [...texts.map((text) => Buffer.from(text, 'utf8')), commitment];
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

function contextOf(place: CredentialPlace) {
  return { org: place.orgId, connection: place.connectionId };
}

function toKey(plaintext: Uint8Array): KeyObject {
  if (plaintext.length !== 32) throw unreadable();
  const key = createSecretKey(plaintext);
  plaintext.fill(0);
  return key;
}

async function answered<Answer>(call: Promise<Answer>): Promise<Answer> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof PermanentFailure) throw error;
    // The name only: an SDK error can carry the response, and with it a plaintext key.
    const cause = error instanceof Error ? error.name : typeof error;
    throw new AppError('unavailable', 'Credentials cannot be opened or sealed now.', { cause });
  }
}

function requirePlace(place: CredentialPlace): void {
  const issues = [
    ...(isUuid(place.orgId) ? [] : [{ path: 'orgId', message: 'must be a UUID' }]),
    ...(isUuid(place.connectionId) ? [] : [{ path: 'connectionId', message: 'must be a UUID' }]),
    ...(fieldPattern.test(place.field) ? [] : [{ path: 'field', message: 'must be a snake_case name' }]),
  ];
  if (issues.length > 0) throw new AppError('validation_failed', 'This is no place for a credential.', { issues });
}
