import type { ContentFault, Fault } from './faults.ts';

/** A request as it came. Names of headers are in lower case. */
export interface SandboxRequest {
  readonly method: string;
  /** Without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** A request that found its route. */
export interface RoutedRequest extends SandboxRequest {
  /** What stood for `:name` in the route's path, decoded. */
  readonly params: Readonly<Record<string, string>>;
  /** What its list must get wrong; only faults the route names. */
  readonly contentFault: Fault<ContentFault> | null;
}

/** What a handler answers. An object is sent as JSON; null is no body. */
export interface Reply {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body: object | string | null;
}

/** What travels: an answer whole, cut after `sent` bytes, in pieces `pauseMs` apart, or nothing. */
export type Transmission =
  | { readonly kind: 'never' }
  | { readonly kind: 'reset' }
  | (Message & { readonly kind: 'whole' })
  | (Message & { readonly kind: 'cut'; readonly sent: number })
  | (Message & { readonly kind: 'dripped'; readonly pieces: number; readonly pauseMs: number });

export interface Message {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** The JSON of a body; undefined when it is none. */
export function readJson(request: SandboxRequest): unknown {
  try {
    return JSON.parse(request.body.toString('utf8'));
  } catch {
    return undefined;
  }
}

/** The fields of a body sent as a form. */
export function readForm(request: SandboxRequest): URLSearchParams {
  return new URLSearchParams(request.body.toString('utf8'));
}

/** The token of `Authorization: <scheme> <token>`; null without one. */
export function readAuthorization(request: SandboxRequest, scheme: 'Bearer' | 'Basic' | 'Client'): string | null {
  const [given, token] = (request.headers.authorization ?? '').split(' ');
  return given?.toLowerCase() === scheme.toLowerCase() && token ? token : null;
}
