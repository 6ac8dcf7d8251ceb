import { createSecretKey, type KeyObject } from 'node:crypto';
import type { Clock } from '@tributary/core/clock';
import { AppError, PermanentFailure } from '@tributary/core/errors';
import { decrypt, encrypt } from './cipher.ts';
import { createDataKeyCache, type DataKey } from './data-key-cache.ts';
import type { DataKeyService } from './data-key-service.ts';
import { type CredentialPlace, contextOf, requirePlace } from './place.ts';
import { readSealed, type Sealed, type SealedParts, unreadable } from './sealed.ts';
import { requireDistinct, type WrappingKeys } from './wrapping-key.ts';

export interface Envelope {
  /**
   * Seals under the current key.
   * @throws AppError `validation_failed` for a malformed place, `unavailable` when KMS is needed and does not answer.
   */
  seal(place: CredentialPlace, plaintext: string): Promise<Sealed>;
  /**
   * Opens what was sealed under any of the keys, in version 1 or 2.
   * @throws PermanentFailure `credential_unreadable` when it was altered, moved from another place, or sealed under a key not listed.
   * @throws AppError `validation_failed`, `unavailable` as in `seal`: without KMS nothing opens.
   */
  open(place: CredentialPlace, sealed: unknown): Promise<string>;
  /** Whether it is of this version and under the current key. False too for what cannot be read: `reseal` says so. No key is needed. */
  isCurrent(sealed: unknown): boolean;
  /**
   * The same credential, sealed anew under the current key. Store it only where the old one still stands (compare and set):
   * a token that was renewed meanwhile must not come back.
   * @throws as `open` and `seal`.
   */
  reseal(place: CredentialPlace, sealed: unknown): Promise<Sealed>;
}

/**
 * Envelope encryption of providers' credentials: a data key per connection from KMS, AES-256-GCM, and a commitment to the key.
 * Place, format version and key id are authenticated, so moving a sealed value to another row is noticed.
 * `keys` starts with the one to seal under. The others open too: every process must know a key before one seals under it.
 * @throws Error when two keys share an id.
 */
export function createEnvelope(options: { kms: DataKeyService; keys: WrappingKeys; clock: Clock }): Envelope {
  const { kms, keys } = options;
  requireDistinct(keys);
  const [current] = keys;
  const cache = createDataKeyCache(options.clock);

  const newDataKey = async (place: CredentialPlace): Promise<DataKey> => {
    const request = { keyArn: current.arn, context: contextOf(place) };
    const { plaintext, wrapped } = await answered(kms.generateDataKey(request));
    return { key: toKey(plaintext), wrapped: Buffer.from(wrapped) };
  };
  const unwrap = (place: CredentialPlace, { keyId, wrappedKey: wrapped }: SealedParts): Promise<DataKey> =>
    firstToOpen(arnsFor(keys, keyId), async (keyArn) => {
      const plaintext = await answered(kms.decrypt({ keyArn, context: contextOf(place), wrapped }));
      return { key: toKey(plaintext), wrapped };
    });

  async function seal(place: CredentialPlace, plaintext: string): Promise<Sealed> {
    requirePlace(place);
    const dataKey = await cache.use(`seal ${place.orgId} ${place.connectionId}`, () => newDataKey(place));
    return encrypt(place, current.id, dataKey, plaintext);
  }

  async function open(place: CredentialPlace, sealed: unknown): Promise<string> {
    requirePlace(place);
    const parts = readSealed(sealed);
    const wrappedBy = `${parts.keyId ?? ''} ${parts.wrappedKey.toString('base64')}`;
    const name = `open ${place.orgId} ${place.connectionId} ${wrappedBy}`;
    const { key } = await cache.use(name, () => unwrap(place, parts));
    return decrypt(place, key, parts);
  }

  return {
    seal,
    open,
    isCurrent: (sealed) => keyIdOf(sealed) === current.id,
    reseal: async (place, sealed) => seal(place, await open(place, sealed)),
  };
}

function keyIdOf(sealed: unknown): string | null {
  try {
    return readSealed(sealed).keyId;
  } catch (error) {
    if (error instanceof PermanentFailure) return null;
    throw error;
  }
}

/** Version 1 does not name its key, and is older than all keys but the oldest. */
function arnsFor(keys: WrappingKeys, keyId: string | null): string[] {
  const candidates = keyId === null ? keys.toReversed() : keys.filter(({ id }) => id === keyId);
  return candidates.map(({ arn }) => arn);
}

/** The first success; a key that cannot answer now is no proof that it is unreadable. */
async function firstToOpen(arns: readonly string[], open: (keyArn: string) => Promise<DataKey>): Promise<DataKey> {
  let refusal: unknown = unreadable();
  for (const arn of arns) {
    try {
      return await open(arn);
    } catch (error) {
      if (refusal instanceof PermanentFailure) refusal = error;
    }
  }
  throw refusal;
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
