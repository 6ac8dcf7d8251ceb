import { AppError } from '@tributary/core/errors';
import * as z from 'zod';
import type { Bindings } from './app.ts';
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
  body: z.string().optional(),
  isBase64Encoded: z.boolean().default(false),
  requestContext: z.object({ requestId: z.string().optional(), http: z.object({ method: z.string() }) }),
});

export interface LambdaResult {
  statusCode: number;
  headers: Record<string, string>;
  body: string;
  isBase64Encoded: false;
}

interface Fetcher {
  fetch: (request: Request, bindings: Bindings) => Response | Promise<Response>;
}

/**
 * A Lambda handler for an app. Not `hono/aws-lambda`: deprecated there, and it prints the URL of an event it cannot read.
 * An event that is no request is answered 400 and never thrown back at the platform.
 */
export function toLambda(app: Fetcher): (event: unknown) => Promise<LambdaResult> {
  return async (event) => {
    const read = readEvent(event);
    if (!read) {
      const refusal = new AppError('bad_request', 'This is not an HTTP request.');
      return toResult(problemResponse(toProblem(refusal, crypto.randomUUID())));
    }
    return toResult(await app.fetch(read.request, { requestContext: { requestId: read.requestId } }));
  };
}

function readEvent(event: unknown): { request: Request; requestId: string | undefined } | null {
  const parsed = eventSchema.safeParse(event);
  if (!parsed.success) return null;
  const { rawPath, rawQueryString, headers, body, isBase64Encoded, requestContext } = parsed.data;
  const { method } = requestContext.http;
  // Setters, not one string: they escape a `?` or `#` in the path and cannot be led to another host.
  const url = new URL('https://api.invalid');
  url.pathname = rawPath;
  url.search = rawQueryString;
  const bodyless = method === 'GET' || method === 'HEAD' || body === undefined;
  try {
    const request = new Request(url, {
      method,
      // Others than visible ASCII come from the CDN's geography headers (東京) and mean nothing to us.
      headers: Object.entries(headers).filter(([, value]) => /^[\t\x20-\x7e]*$/.test(value)),
      ...(!bodyless && { body: Buffer.from(body, isBase64Encoded ? 'base64' : 'utf8') }),
    });
    return { request, requestId: requestContext.requestId };
  } catch {
    // TypeError: a method or header name that HTTP does not have.
    return null;
  }
}

async function toResult(response: Response): Promise<LambdaResult> {
  return {
    statusCode: response.status,
    headers: Object.fromEntries(response.headers),
    body: await response.text(),
    isBase64Encoded: false,
  };
}
