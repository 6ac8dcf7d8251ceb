import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlesFrom } from '@tributary/local/bundle-server';
import { startStack } from '@tributary/local/stack';
import type { Stack } from '@tributary/local/stack-options';
import type { CloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { startCloverSandbox } from '@tributary/sandbox/clover/start-clover';
import { startSquareSandbox } from '@tributary/sandbox/square/start';
import { startXeroSandbox, type XeroSandbox } from '@tributary/sandbox/xero/start';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

type SquareSandbox = Awaited<ReturnType<typeof startSquareSandbox>>;

const cloverApp = { id: 'DRKVJT2ZRRRSC', secret: '0307e264-b33a-4913-88aa-37b10014a0b8' };
const soldAtMs = Date.now() - 3_600_000;

/** The bundles that would be deployed, and the providers over real sockets. */
describe('from the first click to the sales that were there before', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-connect-'));
  let square: SquareSandbox;
  let clover: CloverSandbox;
  let xero: XeroSandbox;
  let stack: Stack;
  let database: pg.Pool;
  let orgId: string;

  beforeAll(async () => {
    square = await startSquareSandbox({ merchants: [{ id: 'THECAFE' }] });
    clover = await startCloverSandbox({ app: cloverApp, merchants: [cloverMerchant] });
    xero = await startXeroSandbox({ organisations: [{ name: 'Kiwi Books' }] });
    stack = await startStack({
      dataDir,
      bundle: () => bundlesFrom(inject('bundlesUrl')),
      persistent: false,
      batchWindowSeconds: 0,
      settings: {
        SQUARE_ENVIRONMENT: square.url,
        SQUARE_CLIENT_ID: square.registration.clientId,
        CLOVER_ENVIRONMENT: clover.url,
        CLOVER_CLIENT_ID: cloverApp.id,
        XERO_ENVIRONMENT: xero.url,
        XERO_CLIENT_ID: xero.app.clientId,
      },
      secrets: {
        SquareClientSecret: square.registration.clientSecret,
        CloverClientSecret: cloverApp.secret,
        XeroClientSecret: xero.app.clientSecret,
      },
      log: () => undefined,
    });
    database = new pg.Pool({ connectionString: stack.superuserUrl, max: 2 });
    const shop = { organization: { name: 'Corner Coffee' }, provider: 'square', accountRef: 'by hand' };
    orgId = ((await stack.invoke('opsConnect', shop)) as { orgId: string }).orgId;
  }, 180_000);
  afterAll(async () => {
    await database?.end();
    await stack?.stop();
    for (const provider of [square, clover, xero]) await provider?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function call(method: 'GET' | 'POST' | 'DELETE', path: string, body?: object) {
    const headers = {
      authorization: `Bearer ${await stack.token(orgId, 'owner')}`,
      'content-type': 'application/json',
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
    };
    const request = { method, headers, ...(body && { body: JSON.stringify(body) }) };
    const response = await fetch(`${stack.gatewayUrl}${path}`, request);
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
    return { status: response.status, json: (await response.json()) as any };
  }

  /** As a browser does, with the page that the provider sends it back to. */
  async function connect(provider: 'square' | 'clover' | 'xero') {
    const { json } = await call('GET', `/v1/connect/${provider}`);
    const page = await fetch(json.authorizeUrl, { redirect: 'manual' });
    const parameters = Object.fromEntries(new URL(page.headers.get('location') ?? '').searchParams);
    const connected = await call('POST', `/v1/connect/${provider}/callback`, { parameters });
    expect(connected.status).toBe(200);
    await stack.drained();
    return connected.json.connections[0].id as string;
  }

  async function disconnect(id: string) {
    expect((await call('DELETE', `/v1/connections/${id}`)).json.status).toBe('disconnected');
    await stack.drained();
  }

  it.each([
    ['square', 'revoked', 1],
    ['clover', 'by_merchant_only', 1],
    ['xero', 'revoked', 0],
  ] as const)(
    '%s: what is there is pulled, and the access ends with the connection',
    async (provider, ended, sales) => {
      square.merchant('THECAFE').takePayment({ amountMinor: 2500 });
      xero.organisations[0]?.save('Contacts', { Name: 'Ann' });
      const id = await connect(provider);
      expect((await call('GET', `/v1/connections/${id}/runs`)).json.data).toMatchObject([
        { trigger: 'connect', status: 'success', reason: null },
      ]);
      const shown = (await call('GET', `/v1/connections/${id}`)).json;
      expect(shown).toMatchObject({
        status: 'active',
        lastSuccessAt: expect.any(String),
        lagSeconds: expect.any(Number),
      });
      expect(shown.streams.length).toBeGreaterThan(0);
      const { data } = (await call('GET', '/v1/transactions')).json;
      expect(data.filter((sale: { provider: string }) => sale.provider === provider)).toHaveLength(sales);
      await disconnect(id);
      const sql = `select k.status, k.reason from sync.credentials k where k.org_id = $1 and k.provider = $2`;
      expect((await database.query(sql, [orgId, provider])).rows).toEqual([{ status: 'erased', reason: ended }]);
      expect((await call('GET', '/v1/transactions')).json.data).toEqual(data);
    },
  );
});

const cloverMerchant = {
  id: 'CLOVERCAFE',
  orders: [{ id: 'ORDER1', currency: 'USD', createdTime: soldAtMs, modifiedTime: soldAtMs }],
  payments: [
    {
      id: 'PAYMENT1',
      orderId: 'ORDER1',
      amount: 1250,
      result: 'SUCCESS',
      createdTime: soldAtMs,
      modifiedTime: soldAtMs,
    },
  ],
};
