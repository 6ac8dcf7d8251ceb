import { request as httpRequest } from 'node:http';
import { connect } from 'node:net';
import { edgeHeaders } from '@tributary/infra/edge-headers';
import type { APIGatewayProxyEventV2 } from 'aws-lambda';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Gateway, startGateway } from './gateway.ts';
import type { InvocationResult } from './lambda-error.ts';

const routes = [
  { method: 'POST', path: '/hooks/in', function: 'hook', surface: 'webhook' },
  { method: 'ANY', path: '/v1/{proxy+}', function: 'api', surface: 'api' },
] as const;

let gateway: Gateway;
let seen: APIGatewayProxyEventV2;
let answer: InvocationResult = { payload: { statusCode: 204 } };

beforeAll(async () => {
  gateway = await startGateway({
    port: 0,
    routes,
    invoke: async (_, event) => {
      seen = event as APIGatewayProxyEventV2;
      return answer;
    },
    edgeKey: 'the key of the edge',
    log: () => undefined,
  });
});
afterAll(() => gateway.stop());

const post = (path: string, body: string | Uint8Array<ArrayBuffer>, headers: Record<string, string> = {}) =>
  fetch(`${gateway.url}${path}`, { method: 'POST', body, headers });
const failing = (errorType: string): InvocationResult => ({
  functionError: 'Unhandled',
  payload: { errorType, errorMessage: 'secret detail' },
});

test('a request becomes an event of payload format 2.0', async () => {
  answer = { payload: { statusCode: 200, body: 'ok' } };
  await fetch(`${gateway.url}/v1/wallets/a%2Fb?limit=2&tag=x&tag=y`, {
    headers: { 'X-Mixed-Case': 'kept', cookie: 'a=1; b=2', 'user-agent': 'test' },
  });
  expect(seen).toMatchObject({
    version: '2.0',
    routeKey: 'ANY /v1/{proxy+}',
    rawPath: '/v1/wallets/a%2Fb',
    rawQueryString: 'limit=2&tag=x&tag=y',
    queryStringParameters: { limit: '2', tag: 'x,y' },
    pathParameters: { proxy: 'wallets/a%2Fb' },
    cookies: ['a=1', 'b=2'],
    isBase64Encoded: false,
    requestContext: { http: { method: 'GET', path: '/v1/wallets/a%2Fb', sourceIp: '127.0.0.1', userAgent: 'test' } },
  });
  expect(seen.headers['x-mixed-case']).toBe('kept');
  expect(seen.headers).not.toHaveProperty('cookie');
  expect(seen.body).toBeUndefined();
});

test('the edge in front of a function URL writes over what a caller says of itself', async () => {
  answer = { payload: { statusCode: 200, body: 'ok' } };
  const spoofed = {
    [edgeHeaders.address]: '198.51.100.1',
    [edgeHeaders.key]: 'a key of the caller',
    'x-forwarded-for': '198.51.100.2, 198.51.100.3',
  };
  await fetch(`${gateway.url}/v1/a`, { headers: spoofed });
  expect(seen.headers).toMatchObject({
    [edgeHeaders.address]: '127.0.0.1',
    [edgeHeaders.key]: 'the key of the edge',
    // As function URLs hand it on, which is why nobody may believe it.
    'x-forwarded-for': '198.51.100.2',
  });
  expect(seen.requestContext.http.sourceIp).toBe('127.0.0.1');
  await fetch(`${gateway.url}/v1/a`);
  expect(seen.headers['x-forwarded-for']).toBe('127.0.0.1');
});

test('a webhook, which has no edge, tells no key', async () => {
  await post('/hooks/in', 'x');
  expect(Object.keys(seen.headers)).not.toContain(edgeHeaders.key);
});

test('repeated headers arrive joined by a comma', async () => {
  await new Promise<void>((resolve) => {
    const headers = ['host', 'x', 'x-twice', '1', 'X-Twice', '2'];
    httpRequest(`${gateway.url}/v1/a`, { headers }, (response) => response.resume().on('end', resolve)).end();
  });
  expect(seen.headers['x-twice']).toBe('1,2');
});

test('the bytes of any body arrive, as text only where that is exact', async () => {
  const types = fc.constantFrom('application/json', 'text/plain', 'application/octet-stream', 'application/x+json');
  await fc.assert(
    fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), types, async (bytes, type) => {
      await post('/hooks/in', bytes as Uint8Array<ArrayBuffer>, { 'content-type': type });
      const encoding = seen.isBase64Encoded ? 'base64' : 'utf8';
      expect(Buffer.from(seen.body ?? '', encoding).equals(bytes)).toBe(true);
    }),
    { numRuns: 60 },
  );
});

test.each([
  ['application/json', '{"é":1}', false],
  ['application/problem+json; charset=utf-8', '{}', false],
  ['text/csv', 'a,b', false],
  ['application/octet-stream', 'plain', true],
  ['application/x-www-form-urlencoded', 'a=b', true],
])('a body of type %s: %j in base64 %s', async (type, body, base64) => {
  await post('/hooks/in', body, { 'content-type': type });
  expect(seen.isBase64Encoded).toBe(base64);
});

test('a result becomes a response: status, headers, cookies, bytes', async () => {
  const body = Buffer.from([0, 255, 1]).toString('base64');
  const headers = { 'Content-Type': 'image/png', 'x-n': 1 };
  answer = { payload: { statusCode: 201, headers, cookies: ['a=1', 'b=2; Secure'], body, isBase64Encoded: true } };
  const response = await post('/v1/a', '');
  expect(response.status).toBe(201);
  expect(response.headers.get('content-type')).toBe('image/png');
  expect(response.headers.getSetCookie()).toEqual(['a=1', 'b=2; Secure']);
  expect([...(await response.bytes())]).toEqual([0, 255, 1]);
});

test('a result without a status is a 200 in JSON', async () => {
  answer = { payload: { hello: 'world' } };
  const response = await fetch(`${gateway.url}/v1/a`);
  expect(response.status).toBe(200);
  expect(await response.json()).toEqual({ hello: 'world' });
});

test.each([
  ['GET', '/hooks/in', 'another method on a known path'],
  ['POST', '/hooks/in/deeper', 'a longer path'],
  ['GET', '/elsewhere', 'an unknown path'],
])('%s %s is 404: %s', async (method, path) => {
  const response = await fetch(`${gateway.url}${path}`, { method });
  expect(response.status).toBe(404);
  expect(await response.json()).toEqual({ message: 'Not Found' });
});

test.each([
  ['/hooks/in', 'Error', 500, 'Internal Server Error'],
  ['/v1/a', 'Error', 502, 'Internal Server Error'],
  ['/v1/a', 'Sandbox.Timedout', 504, 'Endpoint request timed out'],
  ['/v1/a', 'RequestEntityTooLargeException', 413, 'Request Entity Too Large'],
])('%s failing with %s answers %i and no detail', async (path, errorType, status, message) => {
  answer = failing(errorType);
  const response = await post(path, 'x');
  expect(response.status).toBe(status);
  expect(await response.json()).toEqual({ message });
});

test('ten megabytes pass, one byte more is 413, whatever Content-Length says', async () => {
  answer = { payload: { statusCode: 200 } };
  const limit = 10 * 1024 * 1024;
  expect((await post('/hooks/in', new Uint8Array(limit))).status).toBe(200);
  const reply = await new Promise<string>((resolve, reject) => {
    const socket = connect(gateway.port, '127.0.0.1');
    socket.on('error', reject);
    socket.once('data', (chunk) => {
      resolve(chunk.toString());
      socket.destroy();
    });
    socket.write('POST /hooks/in HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    socket.write(`${(limit + 1).toString(16)}\r\n`);
    socket.write(Buffer.alloc(limit + 1));
  });
  expect(reply).toMatch(/^HTTP\/1.1 413/);
});

test('a caller that hangs up mid-body harms no one', async () => {
  const socket = connect(gateway.port, '127.0.0.1');
  socket.write('POST /hooks/in HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\nabc', () => socket.destroy());
  await new Promise((closed) => socket.once('close', closed));
  expect((await post('/hooks/in', 'x')).status).toBe(200);
});
