import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type * as walletApi from '../test/wallets.ts';
import { type AppOptions, createApp } from './app.ts';
import { type FileAnswer, type FileKind, fileHeaders, maxFileBytes } from './file.ts';
import { byteOrderMark, fileAccess, fileRoutes, pdf } from './files.fixture.ts';
import { toLambda } from './lambda.ts';
import type { LogLine } from './log.ts';
import { openApiDocument } from './openapi.ts';
import { problemSchema } from './problem.ts';
import { fileRoute } from './route.ts';

const info = { title: 'files', version: '1' };
const origin = 'https://app.example';
const lines: LogLine[] = [];
const appOf = (options: Pick<AppOptions<walletApi.Deps>, 'routes' | 'access'>) =>
  createApp<walletApi.Deps>({
    title: 'files',
    authenticate: async () => ({ orgId: 'o', subject: 'usr_1', role: 'owner' }),
    deps: {
      cursorKey: Buffer.alloc(32, 7),
      wallets: Array.from({ length: 60 }, (_, index) => ({
        id: `wal_${String(index).padStart(3, '0')}`,
        balance: BigInt(index),
        openedAt: new Date(0),
      })),
    },
    origins: [origin],
    log: (line) => lines.push(line),
    ...options,
  });
const app = appOf({ routes: fileRoutes, access: fileAccess });
const get = async (path: string, headers: Record<string, string> = {}) => app.request(path, { headers });
const bytesOf = async (response: Response) => Buffer.from(await response.arrayBuffer());
const next = (response: Response) => /^<([^>]+)>; rel="next"$/.exec(response.headers.get('link') ?? '')?.[1] ?? null;

describe('a file', () => {
  it('is answered byte for byte, to be saved and not to be guessed at or kept', async () => {
    const response = await get('/v1/statements/sta_001');
    expect(await bytesOf(response)).toEqual(pdf);
    expect([response.status, Object.fromEntries(response.headers)]).toMatchObject([
      200,
      {
        'content-type': 'application/pdf',
        'content-disposition': 'attachment; filename="Kontoauszug-M-rz-2026.pdf"',
        'x-content-type-options': 'nosniff',
        'cache-control': 'no-store',
        'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
        'x-request-id': expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    ]);
    expect(response.headers.has('link')).toBe(false);
  });

  it('has an ETag, and 304 for who has it', async () => {
    const etag = (await get('/v1/statements/sta_001')).headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
    const again = await get('/v1/statements/sta_001', { 'if-none-match': etag });
    expect([again.status, await again.text(), again.headers.get('content-type')]).toEqual([304, '', null]);
    expect((await get('/v1/statements/sta_001', { 'if-none-match': '"other"' })).status).toBe(200);
  });

  it('is told of to HEAD without its bytes', async () => {
    const response = await app.request('/v1/statements/sta_001', { method: 'HEAD' });
    expect([response.status, (await bytesOf(response)).length]).toEqual([200, 0]);
    expect(response.headers.get('content-type')).toBe('application/pdf');
  });

  it.each([
    ['/v1/statements/sta_002', 404, 'not_found'],
    ['/v1/wallet-export?limit=0', 422, 'validation_failed'],
    ['/v1/wallet-export?cursor=AAAA', 400, 'invalid_cursor'],
  ])('is refused in JSON: %s', async (path, status, code) => {
    const response = await get(path);
    expect(response.headers.get('content-type')).toBe('application/problem+json; charset=utf-8');
    expect(response.headers.has('content-disposition')).toBe(false);
    expect(problemSchema.parse(await response.json())).toMatchObject({ status, code });
  });

  it('can be named and paged by a page of a listed origin', async () => {
    const { headers } = await get('/v1/wallet-export?limit=1', { origin });
    const exposed = headers.get('access-control-expose-headers')?.split(', ');
    expect(exposed).toEqual(expect.arrayContaining(['content-disposition', 'link']));
  });
});

describe('a file in pages', () => {
  it('is whole when they are put together, each named by the one before under the same query', async () => {
    const pages: string[] = [];
    for (let path: string | null = '/v1/wallet-export?prefix=wal_0&limit=25'; path !== null; ) {
      const response = await get(path);
      expect(response.headers.get('content-type')).toBe('text/csv; charset=utf-8');
      expect(response.headers.get('content-disposition')).toBe('attachment; filename="wallets.csv"');
      pages.push((await bytesOf(response)).toString());
      path = next(response);
    }
    expect(pages).toHaveLength(3);
    const ids = [...pages.join('').matchAll(/wal_\d{3}/g)].map(([id]) => id);
    expect(ids).toEqual(Array.from({ length: 60 }, (_, index) => `wal_${String(index).padStart(3, '0')}`));
  });

  it('has no ETag: what follows a page is no part of it', async () => {
    const response = await get('/v1/wallet-export', { 'if-none-match': '*' });
    expect([response.status, response.headers.get('etag')]).toEqual([200, null]);
  });
});

/** Of any UTF-16, which fast-check has too, after seconds of preparing. */
const anyText = fc.array(fc.nat(0xffff), { maxLength: 40 }).map((units) => String.fromCharCode(...units));
const kind: FileKind = { mediaType: 'application/pdf', isPaged: false };

describe('the headers of a file', () => {
  it('name it by plain letters, with the extension of what it is, whatever it is called', () => {
    const name = fc.oneof(anyText, fc.constantFrom('', '..', 'a.exe', 'x'.repeat(300), 'x"; y="z\r\na: b'));
    const property = (fileName: string) => {
      const { 'content-disposition': disposition } = fileHeaders('http://x/', { kind, fileName, bytes: pdf });
      expect(disposition).toMatch(/^attachment; filename="[A-Za-z0-9_][A-Za-z0-9_-]{0,110}\.pdf"$/);
    };
    fc.assert(fc.property(name, property), { numRuns: 300 });
    expect(fileHeaders('http://x/', { kind, fileName: 'INV-2026-000042.pdf', bytes: pdf })).toEqual({
      'content-type': 'application/pdf',
      'content-disposition': 'attachment; filename="INV-2026-000042.pdf"',
    });
  });

  it('lead to the same path and query with another cursor, whatever those hold', () => {
    const text = anyText.map((drawn) => drawn.toWellFormed());
    const property = (segment: string, query: Record<string, string>, nextCursor: string) => {
      const asked = new URL(`https://api.example/v1/${encodeURIComponent(segment)}?${new URLSearchParams(query)}`);
      const { link = '' } = fileHeaders(asked.href, { kind, fileName: '', bytes: pdf, nextCursor });
      const [, path = ''] = /^<([\x21-\x3b\x3d\x3f-\x7e]+)>; rel="next"$/.exec(link) ?? [];
      const led = new URL(path, 'https://api.example');
      expect([led.origin, led.pathname]).toEqual([asked.origin, asked.pathname]);
      expect(Object.fromEntries(led.searchParams)).toEqual({ ...query, cursor: nextCursor });
    };
    const query = fc.dictionary(text, text, { noNullPrototype: true });
    const cursor = fc.stringMatching(/^[A-Za-z0-9_-]{1,40}$/);
    fc.assert(fc.property(text, query, cursor, property), { numRuns: 200 });
  });
});

describe('a handler that answers something else than its route promises', () => {
  const csv = { mediaType: 'text/csv', isPaged: true } as const;
  const described = { method: 'GET', path: '/v1/odd', operationId: 'getStatement', summary: '', tags: [] } as const;
  const handler = async () => ({ fileName: 'x', bytes: pdf });
  it.each<[string, FileKind, Omit<FileAnswer, 'fileName'>, string]>([
    ['a PDF that is none', kind, { bytes: Buffer.from('<html>') }, 'bytes'],
    ['a text that is no UTF-8', csv, { bytes: Buffer.from([0x61, 0xff]), nextCursor: null }, 'bytes'],
    ['more than Lambda hands on', csv, { bytes: Buffer.alloc(maxFileBytes + 1), nextCursor: null }, 'bytes'],
    ['a page that does not say whether it is the last', csv, { bytes: Buffer.from('') }, 'nextCursor'],
    ['what has no pages, as one', kind, { bytes: pdf, nextCursor: null }, 'nextCursor'],
  ])('answers 500, and only the log says why: %s', async (_what, response, answer, field) => {
    const odd = fileRoute({ ...described, response, handler: async () => ({ fileName: 'x', ...answer }) });
    const refused = await appOf({ routes: [odd], access: { getStatement: { ...owned } } }).request('/v1/odd');
    expect(problemSchema.parse(await refused.json())).toMatchObject({ status: 500, code: 'internal' });
    expect(lines.at(-1)).toMatchObject({ error: 'ResponseMismatch', fields: [field] });
  });

  // Checked by the compiler: an unused @ts-expect-error is an error.
  it('does not compile where it changes something, so that no answer kept under a key is a file', () => {
    const asked = { ...described, response: csv, handler };
    // @ts-expect-error: a file is asked for and nothing else.
    expect(fileRoute({ ...asked, method: 'POST' }).method).toBe('POST');
  });
});

const owned = { roles: ['owner'], scope: 'loyalty:read', cost: 'read' } as const;

describe('a file from a Lambda function', () => {
  const event = (rawPath: string) => ({ rawPath, requestContext: { http: { method: 'GET' } } });

  it.each([
    ['bytes', '/v1/statements/sta_001', pdf],
    ['text with a byte order mark', '/v1/wallet-export?limit=1', Buffer.from(`${byteOrderMark}wal_000,0\r\n`)],
  ])('is %s in base64 that says so', async (_what, path, expected) => {
    const [rawPath = '', rawQueryString = ''] = path.split('?');
    const { body, isBase64Encoded } = await toLambda(app)({ ...event(rawPath), rawQueryString });
    expect([isBase64Encoded, Buffer.from(body, 'base64')]).toEqual([true, expected]);
  });

  it('is refused in text', async () => {
    const { statusCode, body, isBase64Encoded } = await toLambda(app)(event('/v1/statements/sta_002'));
    expect([statusCode, isBase64Encoded, JSON.parse(body).code]).toEqual([404, false, 'not_found']);
  });

  it('fits, when it is as large as it may be, into what Lambda hands on', async () => {
    const bytes = Buffer.alloc(maxFileBytes);
    const headers = fileHeaders(`http://x/?${'x'.repeat(2000)}`, {
      kind,
      fileName: 'x',
      bytes,
      nextCursor: 'x'.repeat(512),
    });
    const result = await toLambda({ fetch: () => new Response(bytes, { headers }) })(event('/'));
    // https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html: 6 MB.
    expect(JSON.stringify(result).length).toBeLessThan(6_000_000);
  });
});

describe('a file in the OpenAPI document', () => {
  const { paths } = openApiDocument(fileRoutes, fileAccess, info);
  const text = { schema: { type: 'string' } };

  it('is bytes of its media type, and a 304', () => {
    const { responses } = paths['/v1/statements/{statementId}']?.get ?? {};
    expect(responses).toMatchObject({
      200: {
        headers: { 'Content-Disposition': text, ETag: text },
        content: { 'application/pdf': { schema: { type: 'string', format: 'binary' } } },
      },
      304: { headers: { ETag: text } },
      404: { $ref: '#/components/responses/Problem' },
    });
  });

  it('in pages is text that leads to the next one', () => {
    const { responses = {} } = paths['/v1/wallet-export']?.get ?? {};
    expect(responses[200]).toEqual({
      description: 'Done.',
      headers: { 'Content-Disposition': text, Link: { description: expect.stringContaining('rel="next"'), ...text } },
      content: { 'text/csv; charset=utf-8': { schema: { type: 'string' }, example: 'wal_000,0\r\n' } },
    });
    expect(responses).not.toHaveProperty('304');
  });
});
