import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Client, refusal, startClient } from '../test/client.ts';
import { orgId } from '../test/issuer.ts';
import { walletApp } from '../test/wallets.ts';

let client: Client;

beforeAll(async () => {
  client = await startClient();
});
afterAll(() => client.server.stop());

describe('an answer', () => {
  it('is JSON with ISO dates and integer bigints, and without columns its schema does not name', async () => {
    const response = await client.get('/v1/wallets/wal_007');
    expect(response.status).toBe(200);
    expect(await response.json()).toEqual({ id: 'wal_007', balance: 7, openedAt: '2026-11-02T03:04:07.000Z' });
  });

  it.each([
    ['200', () => client.get('/v1/wallets/wal_007')],
    ['200 to HEAD', () => client.app.request('/v1/wallets/wal_007', { method: 'HEAD', headers: client.bearer() })],
    ['201', () => client.post('{"name":"Ada"}')],
    ['304', () => client.get('/v1/wallets/wal_007', { ...client.bearer(), 'if-none-match': '*' })],
    ['400', () => client.get('/v1/wallets?limit=1&limit=2')],
    ['401', () => client.get('/v1/wallets', {})],
    ['403', () => client.get('/v1/wallets', client.bearer({ role: 'operator' }))],
    ['404', () => client.get('/v1/nothing')],
    ['405', () => client.app.request('/v1/wallets', { method: 'PUT' })],
    ['413', () => client.post('x'.repeat(70_000))],
    ['415', () => client.post('{}', { 'content-type': 'text/plain' })],
    ['422', () => client.post('{}')],
  ])('carries the protective headers: %s', async (status, act) => {
    const response = await act();
    expect(response.status).toBe(Number.parseInt(status, 10));
    const headers = Object.fromEntries(response.headers);
    expect(headers).toMatchObject({
      'cache-control': 'no-store',
      'referrer-policy': 'no-referrer',
      'x-content-type-options': 'nosniff',
    });
    const [, hstsSeconds] = /^max-age=(\d+); includeSubDomains$/.exec(headers['strict-transport-security'] ?? '') ?? [];
    expect(Number(hstsSeconds)).toBeGreaterThanOrEqual(365 * 24 * 3600);
    expect(headers['x-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    if (response.status !== 304)
      expect(headers['content-type']).toMatch(/^application\/(problem\+)?json; charset=utf-8$/);
    expect(headers).not.toHaveProperty('access-control-allow-origin');
  });

  it('carries the transport’s request id, never the caller’s', async () => {
    const bindings = { requestContext: { requestId: 'JKJaXmPLvHcESHA=' } };
    const known = await client.app.request('/v1/wallets', { headers: { 'x-request-id': 'mine-mine' } }, bindings);
    expect(known.headers.get('x-request-id')).toBe('JKJaXmPLvHcESHA=');
    const odd = await client.app.request('/v1/wallets', {}, { requestContext: { requestId: 'a\r\nset-cookie: x' } });
    expect(odd.headers.get('x-request-id')).toMatch(/^[0-9a-f-]{36}$/);
  });
});

describe('a single object', () => {
  it('has an ETag, and 304 for who has it', async () => {
    const first = await client.get('/v1/wallets/wal_007');
    const etag = first.headers.get('etag') ?? '';
    expect(etag).toMatch(/^"[A-Za-z0-9_-]{27}"$/);
    for (const tags of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const again = await client.get('/v1/wallets/wal_007', { ...client.bearer(), 'if-none-match': tags });
      expect([again.status, await again.text(), again.headers.get('etag')]).toEqual([304, '', etag]);
    }
    expect((await client.get('/v1/wallets/wal_008', { ...client.bearer(), 'if-none-match': etag })).status).toBe(200);
  });

  it('is not a list', async () => {
    expect((await client.get('/v1/wallets')).headers.get('etag')).toBeNull();
  });
});

describe('a list', () => {
  it('is read page by page, each object once, and ends with the last', async () => {
    const seen: string[] = [];
    let pages = 0;
    for (let cursor: string | null = ''; cursor !== null; ) {
      const response = await client.get(`/v1/wallets?limit=20${cursor && `&cursor=${cursor}`}`);
      const page = (await response.json()) as { data: { id: string }[]; nextCursor: string | null };
      seen.push(...page.data.map(({ id }) => id));
      cursor = page.nextCursor;
      pages += 1;
    }
    expect(seen).toHaveLength(60);
    expect(pages).toBe(3);
    expect(new Set(seen).size).toBe(60);
  });

  it('refuses the cursor of another filter or organization', async () => {
    const { nextCursor } = (await (await client.get('/v1/wallets?limit=1')).json()) as { nextCursor: string };
    const path = `/v1/wallets?limit=1&cursor=${nextCursor}`;
    expect((await client.get(path)).status).toBe(200);
    expect(await refusal(await client.get(`${path}&prefix=wal_0`))).toMatchObject({
      code: 'invalid_cursor',
      status: 400,
    });
    const stranger = client.bearer({ org_id: orgId.replace(/.$/, '1') });
    expect(await refusal(await client.get(path, stranger))).toMatchObject({ code: 'invalid_cursor' });
  });

  it.each(['0', '-1', '101', '1e2', '', ' 5', '0x10', '٣', '2.5', '9'.repeat(400)])(
    'refuses limit %j',
    async (limit) => {
      const problem = await refusal(await client.get(`/v1/wallets?limit=${encodeURIComponent(limit)}`));
      expect(problem).toMatchObject({ code: 'validation_failed', issues: [{ path: 'limit' }] });
    },
  );
});

describe('a scoped credential', () => {
  const scoped = (scopes: readonly string[]) =>
    walletApp(client.server, { authenticate: async () => ({ orgId, subject: 'key_1', role: 'owner', scopes }) }).app;

  it('may do what it was granted and nothing else', async () => {
    expect((await scoped(['loyalty:read']).request('/v1/wallets')).status).toBe(200);
    expect((await scoped(['loyalty:write']).request('/v1/wallets')).status).toBe(403);
    expect((await scoped([]).request('/v1/wallets')).status).toBe(403);
  });
});

describe('the log', () => {
  it('has one line per request, with ids and nothing the caller sent', async () => {
    const { lines } = client;
    lines.length = 0;
    await client.get('/v1/wallets/wal_007?canary=canary', { ...client.bearer(), cookie: 'canary' });
    await client.post('{"name":"canary"}');
    await client.get('/v1/canary');
    expect(lines.map(({ operationId, status }) => [operationId, status])).toEqual([
      ['getWallet', 422],
      ['openWallet', 201],
      [null, 404],
    ]);
    expect(JSON.stringify(lines)).not.toMatch(/canary|Bearer|eyJ/);
  });
});
