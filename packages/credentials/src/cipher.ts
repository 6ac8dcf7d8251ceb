import {
  createCipheriv,
  createDecipheriv,
  createHmac,
  type KeyObject,
  randomBytes,
  timingSafeEqual,
} from 'node:crypto';
import type { DataKey } from './data-key-cache.ts';
import type { CredentialPlace } from './place.ts';
import { ivBytes, type Sealed, type SealedParts, tagBytes, toSealed, unreadable } from './sealed.ts';

const algorithm = 'aes-256-gcm';

/** AES-256-GCM with a random 96-bit IV and a 128-bit tag (NIST SP 800-38D), bound to the place and to the key that wrapped the data key. */
export function encrypt(place: CredentialPlace, keyId: string, dataKey: DataKey, plaintext: string): Sealed {
  const { key, wrapped: wrappedKey } = dataKey;
  const commitment = commitTo(key, keyId);
  const iv = randomBytes(ivBytes);
  const cipher = createCipheriv(algorithm, key, iv, { authTagLength: tagBytes });
  cipher.setAAD(authenticated(place, keyId, commitment));
  const ciphertext = Buffer.concat([cipher.update(plaintext, 'utf8'), cipher.final()]);
  return toSealed({ keyId, wrappedKey, commitment, iv, ciphertext, tag: cipher.getAuthTag() });
}

/** @throws PermanentFailure `credential_unreadable` unless place, key and every part are those of the sealing. */
export function decrypt(place: CredentialPlace, key: KeyObject, parts: SealedParts): string {
  if (!timingSafeEqual(commitTo(key, parts.keyId), parts.commitment)) throw unreadable();
  // authTagLength: without it Node accepts tags of four bytes.
  const decipher = createDecipheriv(algorithm, key, parts.iv, { authTagLength: tagBytes });
  decipher.setAAD(authenticated(place, parts.keyId, parts.commitment));
  decipher.setAuthTag(parts.tag);
  try {
    return Buffer.concat([decipher.update(parts.ciphertext), decipher.final()]).toString('utf8');
  } catch {
    throw unreadable();
  }
}

/** Only version 2 says which key wrapped it. */
const versionOf = (keyId: string | null) => (keyId === null ? 'v1' : 'v2');

function commitTo(key: KeyObject, keyId: string | null): Buffer {
  return createHmac('sha256', key)
    .update(`tributary credential ${versionOf(keyId)}: key commitment`)
    .digest();
}

/** Each part after its length: no two places share an encoding. */
function authenticated(place: CredentialPlace, keyId: string | null, commitment: Buffer): Buffer {
  const { orgId, connectionId, field } = place;
  const texts = [
    'tributary credential',
    versionOf(keyId),
    ...(keyId === null ? [] : [keyId]),
    orgId,
    connectionId,
    field,
  ];
  const parts = [...texts.map((text) => Buffer.from(text, 'utf8')), commitment];
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}
