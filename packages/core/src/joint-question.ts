import type * as z from 'zod';
import type { ProviderRequest } from './provider-call.ts';
import type { ProviderEvent } from './provider-event.ts';

/** How a provider is asked at once for objects that its events would otherwise ask for one by one. */
export interface JointQuestion {
  /** How many one request may ask for. */
  atMost: number;
  /** The object that reading the event asks for, by the provider's id; null when it asks for none that can be asked for so. Pure. */
  objectOf(event: Pick<ProviderEvent, 'type' | 'payload'>): string | null;
  /** The request by which the event asks for it alone. */
  alone(id: string): ProviderRequest;
  jointly(ids: readonly string[]): ProviderRequest;
  /** What an answer to `jointly` is in any case. */
  answer: z.ZodType;
  /** Takes one apart. */
  partsOf(body: Uint8Array): AnswerParts;
}

export interface AnswerParts {
  /** By id what `alone` would be answered with, as it was written. */
  byId: ReadonlyMap<string, Uint8Array>;
  /** It says all there is: what it has no part for does not exist. */
  isWhole: boolean;
}
