// The small build of zod: with the other, webhooks would load twice the code at start.
import * as z from 'zod/mini';

const list = z.array(z.string());
const end = z.iso.datetime({ offset: true });

/** A key that proves deliveries, until its end where it has one. */
export interface WebhookKey {
  key: string;
  endsAt: Date | null;
}

/**
 * The keys of a secret's value: a JSON list, newest first, of `key` or `key@2026-11-22T10:00:00Z`. A key with an end is refused from
 * then on, so a rotation that is never tidied up still ends. No provider's key holds an `@`.
 * @returns null when the value is anything else.
 */
export function readKeys(value: string): readonly WebhookKey[] | null {
  const entries = list.safeParse(parseJson(value));
  if (!entries.success) return null;
  const keys: WebhookKey[] = [];
  for (const entry of entries.data) {
    const [key = '', ...ends] = entry.split('@');
    if (key === '' || ends.length > 1 || !ends.every((text) => end.safeParse(text).success)) return null;
    keys.push({ key, endsAt: ends[0] === undefined ? null : new Date(ends[0]) });
  }
  return keys;
}

export const isLiveAt = ({ endsAt }: WebhookKey, at: Date): boolean => endsAt === null || at < endsAt;

/** The keys accepted at that time. @returns null as `readKeys` does. */
export function keysLiveAt(value: string, at: Date): readonly string[] | null {
  const keys = readKeys(value);
  if (keys === null) return null;
  return keys.filter((key) => isLiveAt(key, at)).map(({ key }) => key);
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
