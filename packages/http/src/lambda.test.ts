import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { KeyServer, newKey, token } from '../test/issuer.ts';
import { walletApp } from '../test/wallets.ts';
import type { Bindings } from './app.ts';
import { toLambda } from './lambda.ts';

const key = newKey('ed-1');
const server = new KeyServer();
let handler: ReturnType<typeof toLambda>;

beforeAll(async () => {
  await server.start(key);
  handler = toLambda(walletApp(server).app);
});
afterAll(() => server.stop());

/** Payload format 2.0, the fields a function URL sends. */
const event = (changes: Record<string, unknown> = {}, method = 'GET') => ({
  version: '2.0',
  routeKey: '$default',
  rawPath: '/v1/wallets',
  rawQueryString: 'limit=1',
  headers: {
    authorization: `Bearer ${token(key, { role: 'owner' })}`,
    'content-type': 'application/json',
    host: 'x.example',
  },
  requestContext: {
    accountId: 'anonymous',
    domainName: 'x.lambda-url.us-east-1.on.aws',
    requestId: '2f1c9f0e-8a53-4b0e-9b55-6d4f7f7f0c11',
    http: { method, path: '/v1/wallets', protocol: 'HTTP/1.1', sourceIp: '192.0.2.1', userAgent: 'x' },
  },
  isBase64Encoded: false,
  ...changes,
});

describe('a Lambda event', () => {
  it('is answered as the app answers it', async () => {
    const answer = await handler(event());
    expect(answer).toMatchObject({ statusCode: 200, isBase64Encoded: false });
    expect(answer.headers).toMatchObject({
      'content-type': 'application/json; charset=utf-8',
      'x-request-id': '2f1c9f0e-8a53-4b0e-9b55-6d4f7f7f0c11',
    });
    expect(JSON.parse(answer.body)).toMatchObject({ data: [{ id: 'wal_000' }] });
  });

  it.each([
    ['as text', { body: '{"name":"Zoë"}' }],
    ['in base64', { body: Buffer.from('{"name":"Zoë"}').toString('base64'), isBase64Encoded: true }],
  ])('may carry a body %s', async (_name, body) => {
    const answer = await handler(event({ rawQueryString: '', ...body }, 'POST'));
    expect([answer.statusCode, JSON.parse(answer.body).name]).toEqual([201, 'Zoë']);
  });

  it('has no bytes hidden by its Content-Length', async () => {
    const { headers } = event();
    const body = JSON.stringify({ name: 'x'.repeat(70_000) });
    const answer = await handler(event({ body, headers: { ...headers, 'content-length': '5' } }, 'POST'));
    expect(answer.statusCode).toBe(413);
  });

  it.each([
    ['a ? in its path', '/v1/wallets?limit=2', 404],
    ['a # in its path', '/v1/wallets#x', 404],
    ['two slashes first', '//evil.example/v1/wallets', 404],
    ['a host in its path', '/@evil.example/v1/wallets', 404],
    ['dots', '/v1/x/../wallets', 200],
  ])('with %s stays a path', async (_name, rawPath, status) => {
    expect((await handler(event({ rawPath }))).statusCode).toBe(status);
  });

  it('may carry headers that are not ASCII', async () => {
    const { headers } = event();
    expect((await handler(event({ headers: { ...headers, 'cloudfront-viewer-city': '東京' } }))).statusCode).toBe(200);
  });

  it.each(['TRACE', 'connect', 'Track', 'PROPFIND', 'QUERY', 'BREW'])('with the method %s is 405', async (method) => {
    const answer = await handler(event({}, method));
    expect([answer.statusCode, answer.headers.allow]).toEqual([405, 'GET, HEAD, POST']);
  });

  it('has its cookies in one header, and sets several apart', async () => {
    let cookies: string | null = null;
    const echo = toLambda({
      fetch: ({ headers }) => {
        cookies = headers.get('cookie');
        return new Response('', {
          headers: [
            ['set-cookie', 'a=1; Secure'],
            ['set-cookie', 'b=2'],
          ],
        });
      },
    });
    const answer = await echo(event({ cookies: ['session=x', 'theme=dark'] }));
    expect(cookies).toBe('session=x; theme=dark');
    expect(answer).toMatchObject({
      cookies: ['a=1; Secure', 'b=2'],
      headers: expect.not.objectContaining({ 'set-cookie': expect.anything() }),
    });
  });

  it.each([
    ['nothing', undefined],
    ['null', null],
    ['a string', 'GET /v1/wallets'],
    ['an empty object', {}],
    ['an SQS batch', { Records: [] }],
    ['no context', event({ requestContext: undefined })],
    ['no method', event({ requestContext: { http: {} } })],
    ['a method HTTP does not have', event({}, 'GET /')],
    ['a path without a slash', event({ rawPath: 'v1' })],
    ['a body that is no text', event({ body: { name: 'x' } }, 'POST')],
    ['a header that is no header', event({ headers: { 'a b\n': 'x' } })],
    ['a header that is no text', event({ headers: { a: ['x'] } })],
  ])('that is no request is answered 400: %s', async (_name, odd) => {
    const answer = await handler(odd);
    expect(answer.statusCode).toBe(400);
    expect(answer.headers['content-type']).toBe('application/problem+json; charset=utf-8');
    expect(JSON.parse(answer.body)).toMatchObject({ code: 'bad_request', status: 400 });
  });
});

describe('behind the edge', () => {
  const edge = { keys: ['the key'], keyHeader: 'edge-key', addressHeader: 'edge-address' };
  const given = { ...event().headers, 'x-forwarded-for': '198.51.100.1', 'user-agent': 'curl/8' };
  let seen: { bindings: Bindings; headers: Headers };
  const behind = toLambda(
    {
      fetch: ({ headers }, bindings) => {
        seen = { bindings, headers };
        return new Response('');
      },
    },
    edge,
  );

  it('the client is whom the edge names, and its key goes no further', async () => {
    await behind(event({ headers: { ...given, 'edge-key': 'the key', 'edge-address': '2001:DB8::9' } }));
    expect(seen.bindings.client).toEqual({ address: '2001:db8::9', userAgent: 'curl/8' });
    expect([seen.headers.has('edge-key'), seen.headers.has('edge-address')]).toEqual([false, false]);
  });

  it('what went around it is 403 and reaches nothing', async () => {
    seen = { bindings: {}, headers: new Headers() };
    for (const headers of [given, { ...given, 'edge-key': 'a key', 'edge-address': '203.0.113.9' }]) {
      const answer = await behind(event({ headers }));
      expect(answer.statusCode).toBe(403);
      expect(JSON.parse(answer.body)).toMatchObject({ code: 'forbidden' });
    }
    expect(seen.bindings).toEqual({});
  });
});
