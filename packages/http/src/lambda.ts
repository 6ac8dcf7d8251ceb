import type { Client } from '@tributary/core/client';
import { AppError } from '@tributary/core/errors';
import * as z from 'zod';
import type { Bindings } from './app.ts';
import { type Edge, readClient } from './edge/client.ts';
import { toProblem } from './problem.ts';
import { problemResponse } from './response.ts';

// Loads undici during init, where CPU is plenty, instead of in the first request: 40 ms there.
new Request('http://x/');

// The fields we use of payload format 2.0 (API Gateway v2 and function URLs).
// https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
const eventSchema = z.object({
  rawPath: z.string().startsWith('/'),
  rawQueryString: z.string().default(''),
  headers: z.record(z.string(), z.string()).default({}),
  cookies: z.array(z.string()).default([]),
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({
    requestId: z.string().optional(),
    http: z.object({ method: z.string(), sourceIp: z.string().optional() }),
  }),
});

export interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  /** `Set-Cookie`, one entry each: they cannot be joined. */
  cookies: string[];
  body: string;
  isBase64Encoded: boolean;
}

interface Fetcher {
  fetch: (request: Request, bindings: Bindings) => Response | Promise<Response>;
}

/**
 * A Lambda handler for an app. Not `hono/aws-lambda`: deprecated there, and it prints the URL of an event it cannot read.
 * An event that is no request is answered 400 and never thrown back at the platform.
 * @param edge with which a function URL is behind a CDN: what went around it is answered 403
 */
export function toLambda(app: Fetcher, edge?: Edge): (event: unknown) => Promise<LambdaResult> {
  return async (event) => {
    const read = readEvent(event, edge);
    if (!read) return refused(new AppError('bad_request', 'This is not an HTTP request.'));
    const { request, requestId, client } = read;
    if (!client) return refused(new AppError('forbidden', 'Requests come through the address of this API.'));
    return toResult(await app.fetch(request, { requestContext: { requestId }, client }));
  };
}

function refused(refusal: AppError): Promise<LambdaResult> {
  return toResult(problemResponse(toProblem(refusal, crypto.randomUUID())));
}

interface ReadEvent {
  request: Request;
  requestId: string | undefined;
  /** Null when it did not come through the edge. */
  client: Client | null;
}

function readEvent(event: unknown, edge: Edge | undefined): ReadEvent | null {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return null;
  const { rawPath, rawQueryString, headers, cookies, body, isBase64Encoded, requestContext } = parsed.data;
  const { sourceIp } = requestContext.http;
  // `fetch` has no requests of these methods, so they go by a name that no route has: 405 like any other.
  const method = /^(connect|trace|track)$/i.test(requestContext.http.method) ? 'UNSERVED' : requestContext.http.method;
  // Setters, not one string: they escape a `?` or `#` in the path and cannot be led to another host.
  const url = new URL('https://api.invalid');
  url.pathname = rawPath;
  url.search = rawQueryString;
  const bodyless = method === 'GET' || method === 'HEAD' || body === undefined;
  try {
    const request = new Request(url, {
      method,
      headers: headersOf(headers, cookies, edge),
      ...(!bodyless && { body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }),
    });
    return { request, requestId: requestContext.requestId, client: readClient(headers, sourceIp, edge) };
  } catch {
    // TypeError: a method or header name that HTTP does not have.
    return null;
  }
}

function headersOf(headers: Readonly<Record<string, string>>, cookies: readonly string[], edge: Edge | undefined) {
  const all = cookies.length > 0 ? { ...headers, cookie: cookies.join('; ') } : headers;
  return Object.entries(all).filter(
    // Others than visible ASCII come from the CDN's geography headers (東京) and mean nothing to us. The edge's key is read already.
    ([name, value]) => /^[\t\x20-\x7e]*$/.test(value) && name !== edge?.keyHeader && name !== edge?.addressHeader,
  );
}

async function toResult(response: Response): Promise<LambdaResult> {
  const headers = Object.fromEntries(response.headers);
  delete headers['set-cookie'];
  const bytes = Buffer.from(await response.arrayBuffer());
  // Text would lose what is no UTF-8, and grow by what JSON escapes; base64 is a third more, whatever it holds.
  const isBase64Encoded = bytes.length > 0 && !/^application\/(problem\+)?json\b/.test(headers['content-type'] ?? '');
  return {
    statusCode: response.status,
    headers,
    cookies: response.headers.getSetCookie(),
    body: bytes.toString(isBase64Encoded ? 'base64' : 'utf8'),
    isBase64Encoded,
  };
}
