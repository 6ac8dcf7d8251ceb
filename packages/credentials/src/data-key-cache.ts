import type { KeyObject } from 'node:crypto';
import type { Clock } from '@tributary/core/clock';

/** A data key in memory. A KeyObject prints as nothing and never becomes JSON. */
export interface DataKey {
  readonly key: KeyObject;
  readonly wrapped: Buffer;
}

const maxAgeMs = 5 * 60 * 1000;
const maxUses = 1000;
const maxKeys = 1000;

interface Entry {
  readonly dataKey: Promise<DataKey>;
  readonly askedAtMs: number;
  uses: number;
}

/**
 * Plaintext data keys by name: each is kept for at most 5 minutes and 1,000 uses, counted from when it was asked for.
 * Callers that ask at the same time share one call to KMS; a failed call is not kept.
 */
export function createDataKeyCache(clock: Clock) {
  const entries = new Map<string, Entry>();

  const isUsable = (entry: Entry, nowMs: number) => {
    const ageMs = nowMs - entry.askedAtMs;
    // A clock set back must not prolong a key's life.
    return ageMs >= 0 && ageMs <= maxAgeMs && entry.uses < maxUses;
  };

  const makeRoom = (nowMs: number) => {
    for (const [name, entry] of entries) if (!isUsable(entry, nowMs)) entries.delete(name);
    // A Map keeps the order of insertion: the first is the oldest.
    for (const name of entries.keys()) {
      if (entries.size < maxKeys) break;
      entries.delete(name);
    }
  };

  const remember = (name: string, dataKey: Promise<DataKey>, nowMs: number) => {
    makeRoom(nowMs);
    const entry = { dataKey, askedAtMs: nowMs, uses: 0 };
    entries.set(name, entry);
    dataKey.catch(() => {
      if (entries.get(name) === entry) entries.delete(name);
    });
    return entry;
  };

  return {
    /** The key of that name, from memory or by `ask`. Counts as one use. */
    use(name: string, ask: () => Promise<DataKey>): Promise<DataKey> {
      const nowMs = clock().getTime();
      const known = entries.get(name);
      const entry = known !== undefined && isUsable(known, nowMs) ? known : remember(name, ask(), nowMs);
      entry.uses += 1;
      return entry.dataKey;
    },
  };
}
