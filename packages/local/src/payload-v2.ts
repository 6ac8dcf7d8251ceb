import { isUtf8 } from 'node:buffer';
import { randomUUID } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { edgeHeaders } from '@tributary/infra/edge-headers';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';

const textual = /^(text\/|application\/(json|javascript|xml)\b|[^;]*\+(json|xml)\b)/i;

interface Headers {
  headers: Record<string, string>;
  cookies: string[];
}

/** Lower-cased names, repeated ones joined by a comma; cookies apart, as payload format 2.0 has them. */
function readHeaders(raw: readonly string[]): Headers {
  const headers: Record<string, string> = {};
  const cookies: string[] = [];
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? '').toLowerCase();
    const value = raw[index + 1] ?? '';
    if (name === 'cookie') cookies.push(...value.split(/;\s*/));
    else headers[name] = Object.hasOwn(headers, name) ? `${headers[name]},${value}` : value;
  }
  return { headers, cookies };
}

function readQuery(rawQueryString: string): Record<string, string> {
  const joined: Record<string, string> = {};
  for (const [name, value] of new URLSearchParams(rawQueryString)) {
    joined[name] = Object.hasOwn(joined, name) ? `${joined[name]},${value}` : value;
  }
  return joined;
}

function bodyFields(body: Buffer, contentType: string): Pick<APIGatewayProxyEventV2, 'body' | 'isBase64Encoded'> {
  if (body.length === 0) return { isBase64Encoded: false };
  // Text only when decoding it again gives the same bytes: signatures are over bytes.
  if (textual.test(contentType) && isUtf8(body)) return { body: body.toString('utf8'), isBase64Encoded: false };
  return { body: body.toString('base64'), isBase64Encoded: true };
}

/**
 * An HTTP request as API Gateway v2 and function URLs hand it to a function.
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/http-api-develop-integrations-lambda.html
 */
export function eventOf(
  request: IncomingMessage,
  body: Buffer,
  route: { key: string; pathParameters: Record<string, string> },
): APIGatewayProxyEventV2 {
  const [rawPath = '/', rawQueryString = ''] = (request.url ?? '/').split(/\?(.*)/s);
  const { headers, cookies } = readHeaders(request.rawHeaders);
  const now = new Date();
  const domainName = headers.host ?? '127.0.0.1';
  return {
    version: '2.0',
    routeKey: route.key,
    rawPath,
    rawQueryString,
    headers,
    ...(cookies.length === 0 ? {} : { cookies }),
    ...(rawQueryString === '' ? {} : { queryStringParameters: readQuery(rawQueryString) }),
    ...(Object.keys(route.pathParameters).length === 0 ? {} : { pathParameters: route.pathParameters }),
    requestContext: {
      accountId: '000000000000',
      apiId: 'local',
      domainName,
      domainPrefix: domainName.split('.')[0] ?? '',
      http: {
        method: request.method ?? 'GET',
        path: rawPath,
        protocol: `HTTP/${request.httpVersion}`,
        sourceIp: request.socket.remoteAddress ?? '',
        userAgent: headers['user-agent'] ?? '',
      },
      requestId: randomUUID(),
      routeKey: route.key,
      stage: '$default',
      time: now.toISOString(),
      timeEpoch: now.getTime(),
    },
    ...bodyFields(body, headers['content-type'] ?? ''),
  };
}

/**
 * The event as a function URL behind the edge gets it: with what the edge writes over the caller's own, and with no more than the first
 * entry of `X-Forwarded-For`, which is the caller's to choose.
 * @see https://speedrun.nobackspacecrew.com/blog/2026/03/06/obtaining-caller-ip-address-with-lambda-furls.html
 */
export function throughEdge(event: APIGatewayProxyEventV2, edgeKey: string): APIGatewayProxyEventV2 {
  const { sourceIp } = event.requestContext.http;
  const [first = ''] = (event.headers['x-forwarded-for'] ?? sourceIp).split(',');
  const written = { [edgeHeaders.address]: sourceIp, [edgeHeaders.key]: edgeKey, 'x-forwarded-for': first.trim() };
  return { ...event, headers: { ...event.headers, ...written } };
}

interface StructuredResult {
  statusCode: number;
  headers?: Record<string, string | number | boolean>;
  body?: string;
  isBase64Encoded?: boolean;
  cookies?: string[];
}

const isStructured = (payload: unknown): payload is StructuredResult =>
  typeof payload === 'object' && payload !== null && Number.isInteger((payload as StructuredResult).statusCode);

/** Writes what a function returned; without a `statusCode` the whole value is a 200 in JSON, as format 2.0 infers it. */
export function writeResult(response: ServerResponse, payload: unknown): void {
  if (!isStructured(payload)) {
    const body = typeof payload === 'string' ? payload : JSON.stringify(payload ?? null);
    response.writeHead(200, { 'content-type': 'application/json' }).end(body);
    return;
  }
  response.statusCode = payload.statusCode;
  response.setHeader('content-type', 'application/json');
  for (const [name, value] of Object.entries(payload.headers ?? {})) response.setHeader(name, String(value));
  if (payload.cookies !== undefined) response.setHeader('set-cookie', payload.cookies);
  response.end(Buffer.from(payload.body ?? '', payload.isBase64Encoded === true ? 'base64' : 'utf8'));
}
