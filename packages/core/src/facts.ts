/**
 * What a provider says happened, in one shape for all providers. A fact may be restated: of two facts with one identity the
 * one with the later `version` holds, whatever order they arrive in and whichever way (webhook or poll) they came.
 */
export type ProviderName = 'square' | 'clover' | 'xero';

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
  quantity: number;
  /** Line total in minor units, after discounts. */
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
  /** What the provider says was refunded so far in minor units (tip included). */
  refundedMinor: number;
  /** ISO 4217. */
  currency: string;
  customer: CustomerRef | null;
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

export type Fact = PaymentFact | RefundFact | RevocationFact;
