import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { KeyServer, newKey, token } from '../test/issuer.ts';
import { access, routes, walletApp } from '../test/wallets.ts';
import { fileAccess, fileRoutes } from './files.fixture.ts';
import { toLambda } from './lambda.ts';
import { problemSchema } from './problem.ts';

const signer = newKey('ed-1');
const server = new KeyServer();
let handler: ReturnType<typeof toLambda>;

beforeAll(async () => {
  await server.start(signer);
  const all = { routes: [...routes, ...fileRoutes], access: { ...access, ...fileAccess } };
  handler = toLambda(walletApp(server, all).app);
});
afterAll(() => server.stop());

const text = fc.string({ unit: 'binary', maxLength: 30 });
const segment = fc.oneof(
  fc.constantFrom('v1', 'wallets', 'wal_001', '..', '%2e%2e', '%00', '%zz', '%', '', '__proto__'),
  text.map(escapeText),
  text,
);
const path = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('/v1/wallets', '/v1/wallets/wal_001') },
  { weight: 1, arbitrary: fc.constant('/v1/wallets/wal_001/credits') },
  { weight: 2, arbitrary: fc.constantFrom('/v1/wallet-export', '/v1/statements/sta_001') },
  { weight: 2, arbitrary: segment.map((last) => `/v1/wallets/${last}`) },
  { weight: 1, arbitrary: fc.array(segment, { maxLength: 5 }).map((segments) => `/${segments.join('/')}`) },
);
const queryName = fc.oneof(fc.constantFrom('limit', 'cursor', 'prefix', '__proto__', 'constructor', 'token'), text);
const query = fc
  .array(fc.tuple(queryName, fc.oneof(fc.integer().map(String), text)), { maxLength: 4 })
  .map((pairs) => pairs.map(([name, value]) => `${escapeText(name)}=${escapeText(value)}`).join('&'));
const body = fc.oneof(
  { weight: 1, arbitrary: fc.json() },
  { weight: 1, arbitrary: text },
  {
    weight: 1,
    arbitrary: fc.record({ name: fc.oneof(text, fc.jsonValue()) }).map((value) => JSON.stringify(value)),
  },
  { weight: 2, arbitrary: fc.constant('{"name":"Anna"}') },
  { weight: 1, arbitrary: fc.constant('{"points":5}') },
);
const method = fc.oneof(
  { weight: 1, arbitrary: fc.constantFrom('GET', 'POST') },
  { weight: 1, arbitrary: fc.constantFrom('HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS', 'BREW') },
);
const mediaType = fc.oneof(
  { weight: 4, arbitrary: fc.constant('application/json') },
  { weight: 1, arbitrary: fc.constantFrom('text/plain', 'application/json; charset=utf-8', 'application/json;;', '') },
);

const key = fc.option(fc.oneof(fc.constant('key-1'), text));

// encodeURIComponent throws on lone surrogates, which a caller can send as bytes all the same.
function escapeText(value: string): string {
  return encodeURIComponent(value.toWellFormed());
}

it('whatever is asked, no route fails and every answer has its shape', async () => {
  const jwt = token(signer, { role: 'owner' });
  const statuses = new Map<number, number>();
  let files = 0;
  const requests = fc.record({
    method,
    path,
    query: fc.oneof(fc.constant(''), query, text),
    body,
    mediaType,
    key,
    known: fc.integer({ min: 0, max: 4 }).map((die) => die > 0),
  });
  await fc.assert(
    fc.asyncProperty(requests, async (request) => {
      const answer = await handler({
        version: '2.0',
        rawPath: request.path,
        rawQueryString: request.query,
        headers: {
          'content-type': request.mediaType,
          ...(request.known && { authorization: `Bearer ${jwt}` }),
          ...(request.key !== null && { 'idempotency-key': request.key }),
        },
        body: request.body,
        isBase64Encoded: false,
        requestContext: { requestId: 'JKJaXmPLvHcESHA=', http: { method: request.method } },
      });
      statuses.set(answer.statusCode, (statuses.get(answer.statusCode) ?? 0) + 1);
      expect(answer.statusCode).toBeLessThan(500);
      expect(answer.headers['x-content-type-options']).toBe('nosniff');
      expect(answer.headers['cache-control']).toBe('no-store');
      if (answer.statusCode >= 400 && request.method !== 'HEAD') problemSchema.parse(JSON.parse(answer.body));
      if (answer.isBase64Encoded) {
        files += 1;
        expect([answer.statusCode, answer.headers['content-disposition']]).toEqual([200, expect.any(String)]);
      }
      if (!request.known) expect(answer.statusCode).toBeGreaterThanOrEqual(400);
    }),
    { numRuns: 3_000 },
  );
  // The generators reach every kind of answer, each often enough that chance does not miss it: otherwise the property above would
  // say little.
  expect([...statuses.keys()].sort()).toEqual(expect.arrayContaining([200, 201, 400, 401, 404, 405, 415, 422]));
  expect(files).toBeGreaterThan(20);
}, 60_000);
