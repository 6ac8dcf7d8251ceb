import { isUtf8 } from 'node:buffer';
import { type Clock, systemClock } from '@tributary/core/clock';
import { AppError, PermanentFailure } from '@tributary/core/errors';
import { parseStorableJson } from '@tributary/core/storable-json';
import type * as z from 'zod';
import { kindOfStatus, ProviderError, pickLimitHeaders, readOAuthError, readRetryAfter } from './provider-error.ts';
import { countWireBytes } from './wire-bytes.ts';

export interface GuardOptions {
  /** For the whole exchange, body included. Default 10 s. */
  timeoutMs?: number;
  /** Counted while reading, after decompression. Default 2 MiB. */
  maxResponseBytes?: number;
  /** Lets plain http reach this machine: for the simulators of development and tests. Default false. */
  allowLoopback?: boolean;
  clock?: Clock;
  /** Node's own unless told: a simulator can answer without a network. */
  fetch?: typeof fetch;
}

type Body = { json?: object; form?: never } | { json?: never; form?: Readonly<Record<string, string>> };

type CallRequest<Schema extends z.ZodType> = Body & {
  /** Default GET. */
  method?: 'GET' | 'POST' | 'DELETE';
  headers?: Readonly<Record<string, string>>;
  /** What an answer is read as, before its schema. Default JSON. */
  as?: 'json' | 'text';
  /** Of the answer's JSON or text; of `undefined` for 204, 304, and a POST or DELETE that is answered with nothing. */
  schema: Schema;
  /** Reads OAuth's `error` from a refusal's body. Default false. */
  oauth?: boolean;
};

export interface Answer<Parsed> {
  status: number;
  headers: Headers;
  /** The body as it can be read: unpacked. */
  raw: Buffer;
  /** Length of the body as it travelled: packed, where it was; without a network what `content-length` says. */
  receivedBytes: number;
  body: Parsed;
}

/**
 * Asks once: a lost answer may have changed what it was asked to change, so nothing is tried again here. (Node's fetch repeats
 * after a 421, by which a server says that it did nothing.) 304 is an answer when the request is conditional.
 * @throws ProviderError, or AppError `internal` for an address that is not allowed
 */
export type GuardedCall = <Schema extends z.ZodType>(
  url: URL,
  request: CallRequest<Schema>,
) => Promise<Answer<z.output<Schema>>>;

/** GETs JSON and returns it parsed by `schema`. @throws ProviderError, or AppError `internal` for an address that is not allowed */
export type GuardedFetch = <Schema extends z.ZodType>(
  url: URL,
  request: { headers?: Readonly<Record<string, string>>; schema: Schema },
) => Promise<z.output<Schema>>;

const defaults = {
  timeoutMs: 10_000,
  maxResponseBytes: 2 * 1024 * 1024,
  allowLoopback: false,
  clock: systemClock,
  fetch: ((input, init) => globalThis.fetch(input, init)) as typeof fetch,
};
type Guard = typeof defaults;

const bodiless = new Set([204, 304]);
const maxRefusalBytes = 16 * 1024;
const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The one way to call a provider: https only, no redirect, bounded in time and size, the answer checked. */
export function createGuardedCall(options: GuardOptions = {}): GuardedCall {
  const guard = { ...defaults, ...options };
  return async (url, request) => {
    requireSafe(url, guard.allowLoopback);
    const init = toInit(url, request);
    const received = await countWireBytes(async (counter) => {
      const answer = await exchange(url, init, request.oauth ?? false, guard);
      return { ...answer, receivedBytes: counter.bytes || lengthOf(answer) };
    });
    const isBare = bodiless.has(received.status) || (received.raw.byteLength === 0 && init.method !== 'GET');
    return {
      ...received,
      body: parse(url, request.schema, isBare ? undefined : readers[request.as ?? 'json'](url, received.raw)),
    };
  };
}

/** `createGuardedCall` for what is only read. */
export function createGuardedFetch(options: GuardOptions = {}): GuardedFetch {
  const call = createGuardedCall(options);
  return async (url, request) => (await call(url, request)).body;
}

function requireSafe(url: URL, allowLoopback: boolean): void {
  const isLocal = allowLoopback && url.protocol === 'http:' && loopbackHost.test(url.hostname);
  const refuse = (why: string) => new AppError('internal', `A provider's address is refused: ${why}.`);
  if (url.protocol !== 'https:' && !isLocal) throw refuse('not https');
  if (url.username !== '' || url.password !== '') throw refuse('credentials in the URL');
}

function toInit(url: URL, { method = 'GET', headers, json, form }: CallRequest<z.ZodType>) {
  const type = json ? 'application/json' : form ? 'application/x-www-form-urlencoded' : null;
  const body = json ? JSON.stringify(json) : form ? new URLSearchParams(form).toString() : null;
  try {
    const all = new Headers({ accept: 'application/json', ...(type && { 'content-type': type }), ...headers });
    return { method, headers: all, body };
  } catch {
    // The error it throws quotes the header, and with it the token.
    throw new ProviderError('unauthorized', `${url.host}: the credential cannot be sent in a header`);
  }
}

type Init = ReturnType<typeof toInit>;
type Received = Pick<Answer<unknown>, 'status' | 'headers' | 'raw'>;

async function exchange(url: URL, init: Init, isOAuth: boolean, guard: Guard): Promise<Received> {
  const signal = AbortSignal.timeout(guard.timeoutMs);
  try {
    const response = await guard.fetch(url, { ...init, signal, redirect: 'manual' });
    const { status, headers } = response;
    if (response.ok || (status === 304 && isConditional(init.headers)))
      return { status, headers, raw: await readBody(url, response, guard.maxResponseBytes) };
    const oauthError = isOAuth ? await readRefusal(url, response) : null;
    // Frees the connection; what an error page says is not ours to keep.
    if (!response.bodyUsed) await response.body?.cancel();
    throw new ProviderError(
      kindOfStatus(status),
      `${url.host} answered ${[status, oauthError ?? []].flat().join(' ')}`,
      {
        status,
        retryAfterMs: readRetryAfter(headers.get('retry-after'), guard.clock()),
        oauthError,
        headers: pickLimitHeaders(headers),
      },
    );
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    const reason = signal.aborted ? `no answer within ${guard.timeoutMs} ms` : `connection failed (${codeOf(error)})`;
    throw new ProviderError('unavailable', `${url.host}: ${reason}`);
  }
}

const isConditional = (headers: Headers) => headers.has('if-modified-since') || headers.has('if-none-match');

async function readBody(url: URL, response: Response, maxBytes: number): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  for await (const chunk of response.body ?? []) {
    size += chunk.byteLength;
    // Leaving the loop cancels the stream.
    if (size > maxBytes)
      throw new ProviderError('invalid_response', `${url.host} answered more than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A refusal that breaks off is no refusal: who breaks it off is `unavailable`. */
async function readRefusal(url: URL, response: Response) {
  try {
    return readOAuthError(await readBody(url, response, maxRefusalBytes));
  } catch (error) {
    if (error instanceof ProviderError) return null;
    throw error;
  }
}

function lengthOf({ headers, raw }: Received): number {
  const stated = headers.get('content-length') ?? '';
  return /^\d{1,15}$/.test(stated) ? Number(stated) : raw.byteLength;
}

function parse<Schema extends z.ZodType>(url: URL, schema: Schema, json: unknown): z.output<Schema> {
  const result = schema.safeParse(json);
  if (result.success) return result.data;
  const fields = result.error.issues.slice(0, 5).map((issue) => issue.path.map(String).join('.') || '(root)');
  throw new ProviderError('invalid_response', `${url.host} answered in another shape: ${fields.join(', ')}`);
}

const readers = { json: toJson, text: toText } as const;

function toText(url: URL, bytes: Buffer): string {
  if (isUtf8(bytes)) return bytes.toString('utf8');
  throw new ProviderError('invalid_response', `${url.host} answered what is no UTF-8`);
}

function toJson(url: URL, bytes: Buffer): unknown {
  try {
    return parseStorableJson(bytes);
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    throw new ProviderError('invalid_response', `${url.host} answered no usable JSON (${error.reason})`);
  }
}

/** `ECONNREFUSED`, `UND_ERR_SOCKET`: from the cause of fetch's error, whose own message says nothing. */
function codeOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  const code = typeof cause === 'object' && cause !== null && 'code' in cause ? cause.code : undefined;
  return typeof code === 'string' ? code : 'no code';
}
