import { PermanentFailure } from '@tributary/core/errors';

/** A sealed credential: everything needed to open it but the KMS key. Plain JSON, the bytes in base64; safe to store, not to log. */
export type Sealed = {
  readonly v: 2;
  /** Of the KMS key that wrapped the data key. Version 1 did not say, and is only read. */
  readonly keyId: string;
  /** The data key, encrypted by KMS. */
  readonly wrappedKey: string;
  /** HMAC-SHA256 of the data key: GCM alone lets one ciphertext open under two keys. */
  readonly commitment: string;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
};

/** A sealed credential with its parts as bytes; `keyId` is null in version 1. */
export interface SealedParts extends Record<Exclude<keyof Sealed, 'v' | 'keyId'>, Buffer> {
  readonly keyId: string | null;
}

export const ivBytes = 12;
export const tagBytes = 16;
const commitmentBytes = 32;

export function toSealed(parts: SealedParts & { keyId: string }): Sealed {
  return {
    v: 2,
    keyId: parts.keyId,
    wrappedKey: parts.wrappedKey.toString('base64'),
    commitment: parts.commitment.toString('base64'),
    iv: parts.iv.toString('base64'),
    ciphertext: parts.ciphertext.toString('base64'),
    tag: parts.tag.toString('base64'),
  };
}

/**
 * Reads a sealed credential as it came out of a store, of version 1 or 2; the order of its fields does not matter.
 * @throws PermanentFailure `credential_unreadable` for another version or shape, or parts of another size.
 */
export function readSealed(stored: unknown): SealedParts {
  if (typeof stored !== 'object' || stored === null) throw unreadable();
  const sealed = stored as Record<string, unknown>;
  const parts = {
    keyId: keyIdOf(sealed),
    wrappedKey: decode(sealed.wrappedKey),
    commitment: decode(sealed.commitment),
    iv: decode(sealed.iv),
    ciphertext: decode(sealed.ciphertext),
    tag: decode(sealed.tag),
  };
  const sizesFit =
    parts.commitment.length === commitmentBytes && parts.iv.length === ivBytes && parts.tag.length === tagBytes;
  if (!sizesFit || parts.wrappedKey.length === 0) throw unreadable();
  return parts;
}

/** One answer for every reason: where it went wrong helps nobody but an attacker. */
export function unreadable(): PermanentFailure {
  return new PermanentFailure('credential_unreadable', 'A stored credential does not open in this place.');
}

function keyIdOf({ v, keyId }: Record<string, unknown>): string | null {
  if (v === 1 && keyId === undefined) return null;
  if (v === 2 && typeof keyId === 'string') return keyId;
  throw unreadable();
}

function decode(text: unknown): Buffer {
  if (typeof text !== 'string') throw unreadable();
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder skips what it does not know and ignores spare bits; only the one canonical spelling is ours.
  if (bytes.toString('base64') !== text) throw unreadable();
  return bytes;
}
