import type * as z from 'zod';
import { canonicalJson, type Json } from './canonical-json.ts';

/** What a client asks a provider, without address and credential: whoever makes the call adds them. */
export interface ProviderRequest {
  /** GET unless told. A POST here only reads. */
  method?: 'GET' | 'POST';
  /** Below the provider's address, its segments encoded: `v2/payments`. */
  path: string;
  /** In this order; a name with several values is repeated. */
  query?: Readonly<Record<string, string | readonly string[]>>;
  headers?: Readonly<Record<string, string>>;
  json?: Json;
}

/**
 * Asks the provider of one connection. @throws ProviderError
 * Whoever hands one in authorises, meters and records what is asked, or answers from the record.
 */
export type ProviderCall = <Schema extends z.ZodType>(
  request: ProviderRequest,
  schema: Schema,
) => Promise<z.output<Schema>>;

/** What a provider answered, byte for byte. */
export interface Pull {
  /** `requestLine` of what was asked. */
  request: string;
  body: Uint8Array;
  fetchedAt: Date;
}

/** A call whose answers are kept until somebody takes them. */
export interface RecordedCall {
  call: ProviderCall;
  /** What was answered since the last time, and how many bytes that was as the provider counts them. */
  take(): { pulls: Pull[]; bytes: number };
}

/** A request as one line of text, equal for equal requests: by it an answer is found again. */
export function requestLine({ method = 'GET', path, query = {}, headers = {}, json }: ProviderRequest): string {
  const parameters = new URLSearchParams(
    Object.entries(query).flatMap(([name, values]) => [values].flat().map((value): [string, string] => [name, value])),
  );
  const search = parameters.size === 0 ? '' : `?${parameters}`;
  const named = Object.entries(headers).map(([name, value]) => ` ${name.toLowerCase()}: ${value}`);
  return `${method} ${path}${search}${named.sort().join('')}${json === undefined ? '' : ` ${canonicalJson(json)}`}`;
}
