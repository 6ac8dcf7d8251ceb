import { createHash } from 'node:crypto';
import type { Problem } from './problem.ts';

// ASVS 3.4.1, 3.4.3, 3.4.4, 3.4.5, 4.1.1, 14.3.2. Two years: what browsers ask for before they preload HSTS.
const everyResponse = {
  'cache-control': 'no-store',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  // Nothing here is to be embedded; what a listed origin fetches is fetched with CORS, to which this does not apply.
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
  'strict-transport-security': 'max-age=63072000; includeSubDomains',
  'x-content-type-options': 'nosniff',
};

type Body = string | Uint8Array<ArrayBuffer>;

/** JSON, or what `headers` say it is. */
export function bodyResponse(
  requestId: string,
  status: number,
  body: Body,
  headers: Record<string, string> = {},
): Response {
  const type = { 'content-type': 'application/json; charset=utf-8', 'x-request-id': requestId };
  return new Response(body, { status, headers: { ...everyResponse, ...type, ...headers } });
}

/** 204. */
export function emptyResponse(requestId: string, headers: Record<string, string>): Response {
  return new Response(null, { status: 204, headers: { ...everyResponse, 'x-request-id': requestId, ...headers } });
}

/** `headers` adds what a status asks for: `Allow` with a 405. */
export function problemResponse(problem: Problem, headers: Record<string, string> = {}): Response {
  return bodyResponse(problem.requestId, problem.status, JSON.stringify(problem), {
    'content-type': 'application/problem+json; charset=utf-8',
    ...(problem.status === 401 && { 'www-authenticate': 'Bearer' }),
    ...headers,
  });
}

/** 200 with a strong ETag, or 304 when `If-None-Match` names it (RFC 9110 §13.1.2: compared weakly). */
export function taggedResponse(
  requestId: string,
  body: Body,
  ifNoneMatch: string | null,
  headers: Record<string, string> = {},
): Response {
  const etag = `"${createHash('sha256').update(body).digest('base64url').slice(0, 27)}"`;
  const known = (ifNoneMatch ?? '').split(',').map((tag) => tag.trim().replace(/^W\//, ''));
  if (!known.includes(etag) && !known.includes('*')) return bodyResponse(requestId, 200, body, { ...headers, etag });
  return new Response(null, { status: 304, headers: { ...everyResponse, 'x-request-id': requestId, etag } });
}
