import type { KeyUse } from '@tributary/inbox/key-uses';
import { keyIdOf } from '@tributary/providers/signature/key-id';
import { isLiveAt, type WebhookKey } from './webhook-keys.ts';

/**
 * `current`: the newest that is accepted. `accepted`: an older one, beside it. `ended`: configured, and its end has passed.
 * `removed`: it proved deliveries once, and is not configured any more.
 */
type KeyState = 'current' | 'accepted' | 'ended' | 'removed';

export interface ReportedKey {
  /** What the log and stored deliveries call it. The key itself is told nowhere. */
  keyId: string;
  state: KeyState;
  /** ISO 8601, as the rest; null: it has no end. */
  endsAt: string | null;
  firstDeliveryAt: string | null;
  /** An older key whose last delivery is long ago is out of use. */
  lastDeliveryAt: string | null;
}

/** The keys of one provider's webhook, the newest first, and what each proved. */
export function reportKeys(configured: readonly WebhookKey[], uses: readonly KeyUse[], at: Date): ReportedKey[] {
  const live = configured.filter((key) => isLiveAt(key, at));
  const stateOf = (key: WebhookKey): KeyState => {
    if (!live.includes(key)) return 'ended';
    return key === live[0] ? 'current' : 'accepted';
  };
  const useOf = (keyId: string) => {
    const use = uses.find((one) => one.keyId === keyId);
    return {
      firstDeliveryAt: use?.firstAt.toISOString() ?? null,
      lastDeliveryAt: use?.lastAt.toISOString() ?? null,
    };
  };
  const known = configured.map((key) => {
    const keyId = keyIdOf(key.key);
    return { keyId, state: stateOf(key), endsAt: key.endsAt?.toISOString() ?? null, ...useOf(keyId) };
  });
  const removed = uses
    .filter(({ keyId }) => known.every((key) => key.keyId !== keyId))
    .map(({ keyId }) => ({ keyId, state: 'removed' as const, endsAt: null, ...useOf(keyId) }))
    .sort((a, b) => ((a.lastDeliveryAt ?? '') < (b.lastDeliveryAt ?? '') ? 1 : -1));
  return [...known, ...removed];
}
