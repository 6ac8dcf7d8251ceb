import { createCipheriv, createHmac, randomBytes } from 'node:crypto';
import type { Stored } from './envelope.fixture.ts';
import type { CredentialPlace } from './place.ts';

interface ByHand {
  /** Without it version 1, which has none. */
  keyId?: string;
  place: CredentialPlace;
  dataKey: Uint8Array;
  wrapped: Uint8Array;
  plaintext: string;
  /** Committed to instead of the data key. */
  committedKey?: Uint8Array;
}

/** The format written out a second time, from `packages/docs/credentials.md`: length-prefixed parts, then AES-256-GCM. */
export function sealByHand({ keyId, place, dataKey, wrapped, plaintext, committedKey = dataKey }: ByHand): Stored {
  const version = keyId === undefined ? 'v1' : 'v2';
  const label = `tributary credential ${version}: key commitment`;
  const commitment = createHmac('sha256', committedKey).update(label).digest();
  const named = ['tributary credential', version, keyId, place.orgId, place.connectionId, place.field];
  const texts = named.filter((text) => text !== undefined).map((text) => Buffer.from(text));
  const lengthPrefixed = [...texts, commitment].map((part) =>
    Buffer.concat([Buffer.from(part.length.toString(16).padStart(8, '0'), 'hex'), part]),
  );
  const iv = randomBytes(12);
  const cipher = createCipheriv('aes-256-gcm', dataKey, iv);
  cipher.setAAD(Buffer.concat(lengthPrefixed));
  const ciphertext = Buffer.concat([cipher.update(plaintext), cipher.final()]);
  return {
    ...(keyId === undefined ? { v: 1 } : { v: 2, keyId }),
    wrappedKey: Buffer.from(wrapped).toString('base64'),
    commitment: commitment.toString('base64'),
    iv: iv.toString('base64'),
    ciphertext: ciphertext.toString('base64'),
    tag: cipher.getAuthTag().toString('base64'),
  };
}
