import type { Json } from './canonical-json.ts';

/** Who can be connected. A new one is added here. */
export const providerNames = ['square', 'clover', 'xero'] as const;

export type ProviderName = (typeof providerNames)[number];

/** Who bought, as far as the provider knows. All fields are personal data. */
export interface CustomerRef {
  /** The provider's id of the customer. */
  externalId?: string;
  email?: string;
  mobile?: string;
}

export interface LineItem {
  externalId: string;
  name: string;
  sku?: string;
  /** What it counts as in the rules of a shop: its categories. */
  labels?: readonly string[];
  /** Pieces, or what it is sold by: 0.5 for half a pound. */
  quantity: number;
  /** Line total in minor units, after discounts; with tax where prices have it in them. */
  amountMinor: number;
}

export interface PaymentFact {
  kind: 'payment';
  provider: ProviderName;
  /** The provider's id of the payment. */
  externalId: string;
  status: 'pending' | 'completed' | 'cancelled' | 'failed';
  /** What was paid for goods in minor units, without tip. */
  amountMinor: number;
  tipMinor: number;
  /** How much of `amountMinor` is tax, in minor units; null when the provider does not say. */
  taxMinor: number | null;
  /** What the provider says was refunded so far in minor units (tip included). */
  refundedMinor: number;
  /** ISO 4217. */
  currency: string;
  customer: CustomerRef | null;
  /** What was sold, refunded since or not; null when it is not known, or not all of it. Of the whole order, which may have several payments. */
  lineItems: readonly LineItem[] | null;
  takenAt: Date;
  /** The provider's time of this version. */
  version: Date;
}

export interface RefundFact {
  kind: 'refund';
  provider: ProviderName;
  externalId: string;
  /** The provider's id of the payment it gives back. */
  paymentExternalId: string;
  status: 'pending' | 'completed' | 'rejected' | 'failed';
  /** Minor units, tip included, positive. */
  amountMinor: number;
  currency: string;
  version: Date;
}

/** The provider ended the authorisation at that time. */
export interface RevocationFact {
  kind: 'revocation';
  provider: ProviderName;
  at: Date;
}

/** An object as it is at the provider, kept whole for domains that read it later. */
export interface ObjectFact {
  kind: 'object';
  provider: ProviderName;
  /** The provider's own word for its kind: `Invoices`. */
  resource: string;
  externalId: string;
  /** The provider says that it is no more: never concluded from its absence. */
  removed: boolean;
  /** As the provider gave it. Personal data. */
  body: Json;
  version: Date;
}

/**
 * What a provider says happened, in one shape for all providers. A fact may be restated: of two facts with one identity the
 * one with the later `version` holds, whatever order they arrive in and whichever way (webhook or poll) they came.
 */
export type Fact = PaymentFact | RefundFact | RevocationFact | ObjectFact;
