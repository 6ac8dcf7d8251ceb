import type { Json } from '@tributary/core/canonical-json';
import type { Fact } from '@tributary/core/facts';
import type { ProviderCall, Pull } from '@tributary/core/provider-call';
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
}

/** What the inbox must know of a provider. The composition root hands one in per provider: the inbox imports none. */
export interface ProviderAdapter {
  /** Takes a delivery apart. Pure. @throws PermanentFailure when it cannot be understood. */
  explode(body: Uint8Array): ProviderEvent[];
  /**
   * The facts behind an event; empty when it says nothing we keep. May ask the provider, so it runs outside any transaction.
   * @throws PermanentFailure when that can never succeed; anything else is tried again.
   */
  resolve(event: PendingEvent, call: ProviderCall): Promise<Fact[]>;
  /** Of a provider that numbers its events over all accounts: those of a delivery. Null where it does not say. Pure. */
  sequencesOf?(body: Uint8Array): Sequences | null;
}

/** First and last number; `restart`: deliveries begin, perhaps after a pause of which no number tells. */
export type Sequences = { first: number; last: number } | 'restart';

export type Registry = Readonly<Record<string, ProviderAdapter>>;

export interface EventFacts {
  event: PendingEvent;
  facts: readonly Fact[];
  /** What the provider answered when it was asked. */
  pulls: readonly Pull[];
  /** How many bytes that was, as it counts them. */
  bytes: number;
}

/** Writes facts into the domains, in the transaction that marks their events as applied. */
export type ApplyFacts = (tx: TenantTransaction, told: readonly EventFacts[]) => Promise<void>;
