import type { Json } from '@tributary/core/canonical-json';
import type { Fact } from '@tributary/core/facts';
import type { ProviderEvent } from '@tributary/core/provider-event';
import type { TenantTransaction } from '@tributary/db/transaction';

/** An event that waits to be applied, with what is needed to ask the provider about it. */
export interface PendingEvent {
  orgId: string;
  id: string;
  provider: string;
  type: string;
  payload: Json;
  occurredAt: Date | null;
  accountRef: string;
  connectionId: string;
  /** As `packages/credentials` sealed it; null where the provider needs none. */
  sealedAccessToken: Json;
}

/** What the inbox must know of a provider. The composition root hands one in per provider: the inbox imports none. */
export interface ProviderAdapter {
  /** Takes a delivery apart. Pure. @throws PermanentFailure when it cannot be understood. */
  explode(body: Uint8Array): ProviderEvent[];
  /**
   * The facts behind an event; empty when it says nothing we keep. May call the provider, so it runs outside any transaction.
   * @throws PermanentFailure when that can never succeed; anything else is tried again.
   */
  resolve(event: PendingEvent): Promise<Fact[]>;
}

export type Registry = Readonly<Record<string, ProviderAdapter>>;

export interface EventFacts {
  event: PendingEvent;
  facts: readonly Fact[];
}

/** Writes facts into the domains, in the transaction that marks their events as applied. */
export type ApplyFacts = (tx: TenantTransaction, told: readonly EventFacts[]) => Promise<void>;
