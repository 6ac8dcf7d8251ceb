import type { Fact } from './facts.ts';
import type { ProviderCall } from './provider-call.ts';

/** From a time on, to another that is not included. */
export interface Span {
  from: Date;
  to: Date;
}

/** One thing at a provider. */
export interface ObjectRef {
  /** `payments`, `refunds`, or the provider's own word for a kind of object. */
  resource: string;
  externalId: string;
  /** Of a refund: its payment. */
  parentId: string | null;
}

/** What a comparison with a provider must know of it. The composition root hands one in per provider. */
export interface DaySource {
  /**
   * All there is of a span of time, as it is now: payments and refunds made in it, other objects that changed in it last. To be compared
   * and not to be applied: payments are without their lines. @throws ProviderError
   */
  list(call: ProviderCall, span: Span): Promise<readonly Fact[]>;
  /** All that one object says, as it is now; null when the provider has none such. @throws ProviderError */
  read(call: ProviderCall, ref: ObjectRef): Promise<readonly Fact[] | null>;
}
