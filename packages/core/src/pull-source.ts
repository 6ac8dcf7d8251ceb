import type { Fact } from './facts.ts';
import type { ProviderCall } from './provider-call.ts';

/** One list at a provider that can be walked by time of change. */
export interface StreamName {
  /** The provider's own word: `payments`, `Invoices`. */
  resource: string;
  /** Where a provider keeps a list per location, the location's id; else empty. */
  locationRef: string;
  /** ISO 4217: what its amounts are in, where the provider says. A page in another currency is refused. */
  currency?: string | null;
}

/** Where a page begins: at the objects changed at that time or later. */
export interface WalkPosition {
  /** RFC 3339, by the provider's clock. */
  from: string;
  /** The provider's own place in the list from there (a cursor, an offset), null at its beginning. */
  place: string | null;
}

export interface Page {
  /** What the page lists, in order of change. */
  objects: readonly { id: string; version: Date }[];
  facts: readonly Fact[];
  /** Where the list goes on from here, null when it ends with this page. */
  place: string | null;
}

/** What a walk must know of a provider. The composition root hands one in per provider: the spine imports none. */
export interface PullSource {
  /** How long after a change the provider may still not list it, in milliseconds, with room for its clock. */
  readonly overlapMs: number;
  /** The lists of an account as they are now: locations come and go. */
  streams(call: ProviderCall): Promise<readonly StreamName[]>;
  /** One page, the objects changed first coming first. Reads only. @throws ProviderError */
  page(call: ProviderCall, stream: StreamName, position: WalkPosition): Promise<Page>;
}
