import { PermanentFailure } from '@tributary/core/errors';

/** A sealed credential: everything needed to open it but the KMS key. Plain JSON, all parts base64; safe to store, not to log. */
export type Sealed = {
  readonly v: 1;
  /** The data key, encrypted by KMS. */
  readonly wrappedKey: string;
  /** HMAC-SHA256 of the data key: GCM alone lets one ciphertext open under two keys. */
  readonly commitment: string;
  readonly iv: string;
  readonly ciphertext: string;
  readonly tag: string;
};

/** The parts of a sealed credential as bytes. */
export type SealedParts = Record<Exclude<keyof Sealed, 'v'>, Buffer>;

export const ivBytes = 12;
export const tagBytes = 16;
const commitmentBytes = 32;

export function toSealed(parts: SealedParts): Sealed {
  return {
    v: 1,
    wrappedKey: parts.wrappedKey.toString('base64'),
    commitment: parts.commitment.toString('base64'),
    iv: parts.iv.toString('base64'),
    ciphertext: parts.ciphertext.toString('base64'),
    tag: parts.tag.toString('base64'),
  };
}

/**
 * Reads a sealed credential as it came out of a store; the order of its fields does not matter.
 * @throws PermanentFailure `credential_unreadable` for another version or shape, or parts of another size.
 */
export function readSealed(stored: unknown): SealedParts {
  if (typeof stored !== 'object' || stored === null) throw unreadable();
  const sealed = stored as Record<string, unknown>;
  if (sealed.v !== 1) throw unreadable();
  const parts = {
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

function decode(text: unknown): Buffer {
  if (typeof text !== 'string') throw unreadable();
  const bytes = Buffer.from(text, 'base64');
  // Node's decoder skips what it does not know and ignores spare bits; only the one canonical spelling is ours.
  if (bytes.toString('base64') !== text) throw unreadable();
  return bytes;
}
