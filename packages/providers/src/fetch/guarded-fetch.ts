import { type Clock, systemClock } from '@tributary/core/clock';
import { AppError, PermanentFailure } from '@tributary/core/errors';
import { parseStorableJson } from '@tributary/core/storable-json';
import type * as z from 'zod';
import { kindOfStatus, ProviderError, readRetryAfter } from './provider-error.ts';

export interface GuardOptions {
  /** For the whole exchange, body included. Default 10 s. */
  timeoutMs?: number;
  /** Counted while reading, after decompression. Default 2 MiB. */
  maxResponseBytes?: number;
  /** Lets plain http reach this machine: for the simulators of development and tests. Default false. */
  allowLoopback?: boolean;
  clock?: Clock;
}

/** GETs JSON and returns it parsed by `schema`. @throws ProviderError, or AppError `internal` for an address that is not allowed */
export type GuardedFetch = <Schema extends z.ZodType>(
  url: URL,
  request: { headers?: Readonly<Record<string, string>>; schema: Schema },
) => Promise<z.output<Schema>>;

const defaults = { timeoutMs: 10_000, maxResponseBytes: 2 * 1024 * 1024, allowLoopback: false, clock: systemClock };
const loopbackHost = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/** The one way to call a provider: https only, no redirect, bounded in time and size, the answer checked. */
export function createGuardedFetch(options: GuardOptions = {}): GuardedFetch {
  const guard = { ...defaults, ...options };
  return async (url, { headers = {}, schema }) => {
    requireSafe(url, guard.allowLoopback);
    const bytes = await exchange(url, toHeaders(url, headers), guard);
    const result = schema.safeParse(toJson(url, bytes));
    if (result.success) return result.data;
    const fields = result.error.issues.slice(0, 5).map((issue) => issue.path.map(String).join('.') || '(root)');
    throw new ProviderError('invalid_response', `${url.host} answered in another shape: ${fields.join(', ')}`);
  };
}

function requireSafe(url: URL, allowLoopback: boolean): void {
  const isLocal = allowLoopback && url.protocol === 'http:' && loopbackHost.test(url.hostname);
  const refuse = (why: string) => new AppError('internal', `A provider's address is refused: ${why}.`);
  if (url.protocol !== 'https:' && !isLocal) throw refuse('not https');
  if (url.username !== '' || url.password !== '') throw refuse('credentials in the URL');
}

function toHeaders(url: URL, headers: Readonly<Record<string, string>>): Headers {
  try {
    return new Headers({ accept: 'application/json', ...headers });
  } catch {
    // The error it throws quotes the header, and with it the token.
    throw new ProviderError('unauthorized', `${url.host}: the credential cannot be sent in a header`);
  }
}

async function exchange(url: URL, headers: Headers, guard: typeof defaults): Promise<Buffer> {
  const signal = AbortSignal.timeout(guard.timeoutMs);
  try {
    const response = await fetch(url, { headers, signal, redirect: 'manual' });
    if (response.ok) return await readBody(url, response, guard.maxResponseBytes);
    // Frees the connection; what an error page says is not ours to keep.
    await response.body?.cancel();
    throw new ProviderError(kindOfStatus(response.status), `${url.host} answered ${response.status}`, {
      status: response.status,
      retryAfterMs: readRetryAfter(response.headers.get('retry-after'), guard.clock()),
    });
  } catch (error) {
    if (error instanceof ProviderError) throw error;
    const reason = signal.aborted ? `no answer within ${guard.timeoutMs} ms` : `connection failed (${codeOf(error)})`;
    throw new ProviderError('unavailable', `${url.host}: ${reason}`);
  }
}

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
