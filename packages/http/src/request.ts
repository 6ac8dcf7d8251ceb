import { unescape as decode } from 'node:querystring';
import { keyTrace } from '@tributary/core/api-key';
import type { Json } from '@tributary/core/canonical-json';
import { AppError, PermanentFailure } from '@tributary/core/errors';
import { parseStorableJson } from '@tributary/core/storable-json';
import { readAtMost } from './bytes.ts';
import { ambiguityOf } from './edge/unambiguous-json.ts';

const jsonBody = { mediaType: 'application/json', maxBytes: 64 * 1024 } as const;
/** Visible ASCII but the comma, with which gateways join a header that is sent twice. */
export const idempotencyKeyPattern = /^[!-+.-~-]{1,255}$/;
const tokenParameters = new Set([
  'access_token',
  'id_token',
  'token',
  'jwt',
  'bearer',
  'authorization',
  'api_key',
  'apikey',
  'key',
]);

/**
 * Query parameters, each at most once.
 * @throws AppError `bad_request` for a repeated one, for U+0000 (Postgres has no such text), and for a credential: URLs end up in logs.
 */
export function readQuery(url: URL): Record<string, string> {
  const entries = [...url.searchParams];
  const names = new Set(entries.map(([name]) => name));
  // A key is known by its looks, wherever it stands.
  const holdsKey = [decode(url.pathname), ...entries.flat()].some((text) => keyTrace.test(text));
  if (holdsKey || [...names].some((name) => tokenParameters.has(name.toLowerCase()))) {
    throw new AppError('bad_request', 'Credentials belong in the Authorization header, never in the URL.');
  }
  if (names.size < entries.length) throw new AppError('bad_request', 'A query parameter is given more than once.');
  if (entries.some(([, value]) => value.includes('\u0000'))) {
    throw new AppError('bad_request', 'A query parameter holds U+0000.');
  }
  return Object.fromEntries(entries);
}

/**
 * The name the caller gave the request, as it was sent.
 * @throws AppError `idempotency_key_required` without one, `bad_request` for one of another form or more than one.
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
 */
export function readIdempotencyKey(headers: Headers): string {
  const key = headers.get('idempotency-key');
  if (key === null) throw new AppError('idempotency_key_required', 'The header Idempotency-Key is required here.');
  if (idempotencyKeyPattern.test(key)) return key;
  throw new AppError(
    'bad_request',
    'Idempotency-Key must be one of 1 to 255 visible ASCII characters without a comma.',
  );
}

/**
 * A JSON request body of at most 64 KiB and 64 levels.
 * @throws AppError `unsupported_media_type`, `payload_too_large`, `invalid_json`, or `validation_failed` for JSON that cannot be stored or
 * that may be read in two ways.
 */
export async function readJsonBody(request: Request): Promise<Json> {
  const bytes = await readBytesBody(request, jsonBody);
  const body = parseBody(bytes);
  const ambiguity = ambiguityOf(bytes.toString());
  if (ambiguity) throw new AppError('validation_failed', 'The body may be read in two ways.', { issues: [ambiguity] });
  return body;
}

/** Of which media type a body is, and of how many bytes at most. */
export interface BytesBody {
  readonly mediaType: 'application/json' | 'text/csv';
  readonly maxBytes: number;
}

/**
 * A request body as it arrives, text in UTF-8 by what its header says. Counted as it is read.
 * @throws AppError `unsupported_media_type`, `payload_too_large`
 */
export async function readBytesBody(request: Request, { mediaType, maxBytes }: BytesBody): Promise<Buffer> {
  if (!isPlain(request) || !ofMediaType(mediaType).test(request.headers.get('content-type') ?? '')) {
    throw new AppError('unsupported_media_type', `The body must be ${mediaType} in UTF-8, not compressed.`);
  }
  const bytes = await readAtMost(request.body, maxBytes);
  if (!bytes) throw new AppError('payload_too_large', `The body is larger than ${maxBytes} bytes.`);
  return bytes;
}

function isPlain(request: Request): boolean {
  return (request.headers.get('content-encoding') ?? 'identity').toLowerCase() === 'identity';
}

function ofMediaType(mediaType: string): RegExp {
  return new RegExp(`^${mediaType}[ \\t]*(;[ \\t]*charset="?utf-8"?[ \\t]*)?$`, 'i');
}

function parseBody(bytes: Buffer): Json {
  try {
    return parseStorableJson(bytes);
  } catch (error) {
    if (!(error instanceof PermanentFailure)) throw error;
    if (error.reason !== 'unstorable_json') throw new AppError('invalid_json', 'The body is not valid JSON in UTF-8.');
    throw new AppError('validation_failed', 'The body is JSON that cannot be stored.', {
      issues: [{ path: '', message: error.message }],
    });
  }
}
