import type { Json } from './canonical-json.ts';

/** One thing a delivery says, about one account at the provider. */
export interface ProviderEvent {
  /** The provider's id of the merchant or organisation: what events are routed by. */
  accountRef: string;
  /** Unique within the provider: the same event delivered again has the same key. */
  key: string;
  /** The provider's own word: `payment.updated`, `P:UPDATE`. */
  type: string;
  occurredAt: Date | null;
  /** What is needed to apply it later without the delivery: the object itself, or a hint at what to fetch. */
  payload: Json;
}
