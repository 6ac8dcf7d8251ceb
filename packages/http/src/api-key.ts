import { hash, timingSafeEqual } from 'node:crypto';
import { hashSecret, type KeyEnvironment, readApiKey } from '@tributary/core/api-key';
import { showId } from '@tributary/core/ids';
import { createMemory } from '@tributary/core/memory';
import type { MemberRole } from '@tributary/core/role';
import type { Member } from './authenticate.ts';

/** A key as it is stored, while it is valid. */
export interface StoredKey {
  orgId: string;
  secretHash: Uint8Array;
  role: MemberRole;
  scopes: readonly string[];
  expiresAt: Date;
}

export interface KeySettings {
  environment: KeyEnvironment;
  /** Looks a valid key up by its id (a UUID) and the hash of its secret, as of `at`. What it finds is compared again. */
  find: (key: { id: string; secretHash: Uint8Array; at: Date }) => Promise<StoredKey | null>;
  /** Milliseconds since 1970. */
  now?: () => number;
}

/** Every key has this scope too: who am I. */
export const ownScope = 'self:read';

const keptMs = 30_000;
const mostKept = 1_000;
/** What a secret is compared with where there is no key: nobody knows what hashes to it. */
const nobodysHash = Buffer.alloc(32);

/**
 * Finds the member that an API key stands for, or null. Form and checksum are looked at before anything is asked; an unknown id and a
 * wrong secret take the same way. A key that was right is not asked about again for 30 s, so that one which is revoked works no longer
 * than that; a wrong one is asked about each time.
 */
export function keyReader({
  environment,
  find,
  now = Date.now,
}: KeySettings): (text: string) => Promise<Member | null> {
  const members = createMemory<Member>(mostKept);
  return async (text) => {
    const key = readApiKey(environment, text);
    if (!key) return null;
    const at = now();
    // By a hash: a dump of memory's maps is no list of keys.
    const name = hash('sha256', text);
    const known = members.recall(name, at);
    if (known) return known;
    const secretHash = hashSecret(key.secret);
    const stored = await find({ id: key.id, secretHash, at: new Date(at) });
    const right = timingSafeEqual(stored?.secretHash ?? nobodysHash, secretHash);
    if (!stored || !right || stored.expiresAt.getTime() <= at) return null;
    const member = memberOf(key.id, stored);
    members.keep(name, member, Math.min(at + keptMs, stored.expiresAt.getTime()));
    return member;
  };
}

function memberOf(id: string, { orgId, role, scopes }: StoredKey): Member {
  const apiKeyId = showId('apiKey', id);
  return { orgId, subject: apiKeyId, role, scopes: [...scopes, ownScope], apiKeyId };
}
