import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { bundlesFrom } from '@tributary/local/bundle-server';
import { startStack } from '@tributary/local/stack';
import type { Stack } from '@tributary/local/stack-options';
import { brands } from '@tributary/providers/affiliate/networks';
import type { CloverSandbox } from '@tributary/sandbox/clover/clover-sandbox';
import { cloverDelivery, cloverHandshake, cloverHeaders } from '@tributary/sandbox/clover/delivery';
import { startCloverSandbox } from '@tributary/sandbox/clover/start-clover';
import { signSquare, squareHeaders, squarePaymentEvent } from '@tributary/sandbox/square/webhook';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const takenAt = '2026-06-01T12:00:00Z';
const canary = (name: string) => `canary-${name}-${randomUUID()}`;

/** The bundles that would be deployed, in their own workers, over real sockets. */
describe('the whole stack', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-stack-'));
  const logged: string[] = [];
  let clover: CloverSandbox;
  let stack: Stack;
  let database: pg.Pool;

  beforeAll(async () => {
    clover = await startCloverSandbox({ merchants: [cloverMerchant] });
    stack = await startStack({
      dataDir,
      bundle: () => bundlesFrom(inject('bundlesUrl')),
      persistent: false,
      settings: { CLOVER_ENVIRONMENT: clover.url },
      batchWindowSeconds: 0,
      retryVisibilitySeconds: 1,
      log: (line) => logged.push(line),
    });
    database = openPool();
  }, 180_000);
  afterAll(async () => {
    await database?.end();
    await stack?.stop();
    await clover?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  function openPool(): pg.Pool {
    const pool = new pg.Pool({ connectionString: stack.superuserUrl, max: 2 });
    // Postgres is stopped under it on purpose.
    pool.on('error', () => undefined);
    return pool;
  }
  const count = async (sql: string, ...values: unknown[]): Promise<number> =>
    Number((await database.query(sql, values)).rows[0].count);

  async function shop(accountRef: string, provider: 'square' | 'clover' = 'square', accessToken?: string) {
    const request = {
      organization: { name: `shop ${accountRef}` },
      provider,
      accountRef,
      ...(accessToken && { accessToken }),
    };
    const { orgId } = (await stack.invoke('opsConnect', request)) as { orgId: string };
    const token = await stack.token(orgId, 'owner');
    const api = async (method: string, path: string, body?: object) => {
      const headers = {
        authorization: `Bearer ${token}`,
        'content-type': 'application/json',
        'idempotency-key': randomUUID(),
      };
      const response = await fetch(`${stack.gatewayUrl}${path}`, {
        method,
        headers,
        ...(body && { body: JSON.stringify(body) }),
      });
      return { status: response.status, body: (await response.json()) as { id: string; data: unknown[] } };
    };
    const rule = await api('POST', '/v1/reward-rules', { config: { conversionRate: 1 } });
    await api('POST', `/v1/reward-rules/${rule.body.id}/activate`, { effectiveFrom: '2020-01-01T00:00:00Z' });
    return { orgId, api };
  }

  function post(path: string, headers: Record<string, string>, body: Buffer) {
    return fetch(`${stack.gatewayUrl}${path}`, { method: 'POST', headers, body: new Uint8Array(body) });
  }
  const squareKey = () => JSON.parse(stack.secrets.SquareSignatureKeys)[0] as string;
  function sell(merchantId: string, paymentId: string, customerId = 'ann', key = squareKey()) {
    const event = squarePaymentEvent({
      eventId: `e-${paymentId}`,
      merchantId,
      paymentId,
      customerId,
      amountMinor: 5000,
      createdAt: takenAt,
    });
    const body = Buffer.from(JSON.stringify(event));
    const signature = signSquare(key, stack.settings.SQUARE_NOTIFICATION_URL, body);
    return post('/webhooks/square', squareHeaders(signature, takenAt), body);
  }
  const cloverCode = () => JSON.parse(stack.secrets.CloverAuthCodes)[0] as string;
  const hint = (said: object, code = cloverCode()) =>
    post('/webhooks/clover', cloverHeaders(code), Buffer.from(JSON.stringify(said)));
  const points = async (orgId: string) =>
    count(
      `select coalesce(sum(balance), 0) as count from ledger.accounts where org_id = $1 and kind = 'wallet'`,
      orgId,
    );

  it('a signed sale becomes points that the API shows', async () => {
    const { api } = await shop('merchant-1');
    expect((await sell('merchant-1', 'm1-p1')).status).toBe(200);
    await stack.drained();
    const { body } = await api('GET', '/v1/wallets');
    const identities = [{ kind: 'external', provider: 'square', value: 'ann' }];
    expect(body.data).toMatchObject([{ balance: 50, customer: { identities } }]);
  });

  it('S0-025 the catalogue has every network there is an adapter for', async () => {
    const { rows } = await database.query('select slug from ref.brands order by slug');
    expect(rows.map(({ slug }) => slug)).toEqual(Object.keys(brands).sort());
  });

  it('a forged sale is refused and leaves nothing', async () => {
    const before = await count('select count(*) from inbox.deliveries');
    expect((await sell('merchant-1', 'm1-p2', 'ann', 'not-the-key')).status).toBe(401);
    expect((await hint(cloverDelivery('APP', {}), 'not-the-code')).status).toBe(401);
    await stack.drained();
    expect(await count('select count(*) from inbox.deliveries')).toBe(before);
  });

  it('with Postgres stopped webhooks are acknowledged, and after it starts again all of them are applied', async () => {
    const { orgId } = await shop('merchant-2');
    await database.end();
    await stack.stopPostgres();
    const sales = Array.from({ length: 20 }, (_, index) => sell('merchant-2', `m2-p${index}`, `c${index % 3}`));
    expect((await Promise.all(sales)).map(({ status }) => status)).toEqual(Array(20).fill(200));
    await stack.startPostgres();
    database = openPool();
    await stack.drained();
    expect(await points(orgId)).toBe(20 * 50);
    expect(stack.queueDepths().ingest).toMatchObject({ visible: 0 });
  }, 60_000);

  it('F2 a Postgres that loses power twice while sales arrive loses none of them and doubles none', async () => {
    const { orgId } = await shop('merchant-7');
    await database.end();
    for (let wave = 0; wave < 3; wave += 1) {
      const sales = Array.from({ length: 20 }, (_, index) =>
        sell('merchant-7', `m7-p${wave}-${index}`, `c${index % 4}`),
      );
      expect((await Promise.all(sales)).every(({ status }) => status === 200)).toBe(true);
      if (wave === 2) continue;
      await stack.crashPostgres();
      await stack.startPostgres();
    }
    database = openPool();
    await stack.drained();
    expect(await count('select count(*) from loyalty.reward_events where org_id = $1', orgId)).toBe(60);
    expect(await points(orgId)).toBe(60 * 50);
    expect(stack.queueDepths().ingest).toMatchObject({ visible: 0, deadLettered: 0 });
  }, 60_000);

  it('with SQS stopped a webhook answers 503, and its retry is taken', async () => {
    const { orgId } = await shop('merchant-3');
    await stack.stopSqs();
    expect((await sell('merchant-3', 'm3-p1')).status).toBe(503);
    await stack.startSqs();
    expect((await sell('merchant-3', 'm3-p1')).status).toBe(200);
    await stack.drained();
    expect(await points(orgId)).toBe(50);
  }, 60_000);

  it('Clover is asked for what its webhook hints at, again when it was down', async () => {
    const { orgId } = await shop(cloverMerchant.id, 'clover', cloverMerchant.accessToken);
    clover.faults.plan({ fault: 'server_error' });
    clover.faults.plan({ fault: 'html' });
    const change = { objectId: 'P:CLOVERPAY1', type: 'CREATE' as const, ts: Date.parse(takenAt) };
    expect((await hint(cloverDelivery('APP', { [cloverMerchant.id]: [change] }))).status).toBe(200);
    await stack.drained();
    // The payment, down twice, and then the lines of its order.
    expect(clover.requests().map(({ fault }) => fault)).toEqual(['server_error', 'html', null, null]);
    expect(clover.requests().map(({ status }) => status)).toEqual([500, 200, 200, 200]);
    const said = logged.filter((line) => line.includes('events_retried') && line.includes(orgId));
    expect(said).toHaveLength(2);
    for (const line of said) expect(line).toContain('"step":"resolve"');
    expect(await points(orgId)).toBe(15);
    const sold = await database.query('select line_items from loyalty.transactions where org_id = $1', [orgId]);
    expect(sold.rows).toMatchObject([{ line_items: [{ externalId: 'LINE1', name: 'Cake', amountMinor: 1545 }] }]);
    const [stored] = (
      await database.query('select sealed_access_token::text as sealed from sync.credentials where org_id = $1', [
        orgId,
      ])
    ).rows;
    expect(stored.sealed).not.toContain(cloverMerchant.accessToken);
  }, 60_000);

  it('events of a merchant nobody has connected are applied when it connects', async () => {
    expect((await sell('merchant-4', 'm4-p1')).status).toBe(200);
    await stack.drained();
    const { orgId } = await shop('merchant-4');
    await stack.drained();
    expect(await count(`select count(*) from inbox.events where org_id = $1 and status = 'applied'`, orgId)).toBe(1);
  });

  it('S1-051 a Clover handshake reaches a person', async () => {
    expect(
      (
        await post(
          '/webhooks/clover',
          {},
          Buffer.from(JSON.stringify(cloverHandshake('5220ecf5-7dea-4396-b0ba-a1659c182887'))),
        )
      ).status,
    ).toBe(200);
    await stack.drained();
    expect(await stack.invoke('opsInbox', {})).toMatchObject({
      handshakes: [{ provider: 'clover', verificationCode: '5220ecf5-7dea-4396-b0ba-a1659c182887' }],
    });
  });

  it('S1-007 somebody who buys asks at the same address for what they have at every shop', async () => {
    const email = `${randomUUID()}@example.com`;
    const shops = [await shop('merchant-8'), await shop('merchant-9')];
    for (const { api } of shops) expect((await api('POST', '/v1/customers', { email })).status).toBe(200);
    const ask = async (path: string, token: string) => {
      const response = await fetch(`${stack.gatewayUrl}${path}`, { headers: { authorization: `Bearer ${token}` } });
      return { status: response.status, body: (await response.json()) as { data: unknown[] } };
    };
    const token = await stack.consumerToken({ email });
    const own = await ask('/v1/me/wallets', token);
    expect(own.body.data).toMatchObject(
      ['merchant-9', 'merchant-8'].map((name) => ({ merchant: { name: `shop ${name}` } })),
    );
    expect((await ask('/v1/wallets', token)).status).toBe(401);
    expect((await ask('/v1/me/wallets', await stack.token(shops[0]?.orgId ?? '', 'owner'))).status).toBe(403);
  }, 60_000);

  it('no route, log or error of one organization shows what is another’s', async () => {
    const mine = await shop('merchant-5');
    const theirs = await shop('merchant-6');
    const [customer, payment] = [canary('customer'), canary('payment')];
    await sell('merchant-6', payment, customer);
    await stack.drained();
    const lists = ['/v1/transactions', '/v1/wallets', '/v1/reward-rules', '/v1/deliveries', '/v1/quarantine'];
    for (const path of lists) {
      const [seen, own] = [await mine.api('GET', path), await theirs.api('GET', path)];
      expect([path, seen.status, own.status]).toEqual([path, 200, 200]);
      expect(JSON.stringify(seen.body)).not.toMatch(/canary/);
    }
    // The canaries are there to be seen, by the one they belong to.
    expect(JSON.stringify((await theirs.api('GET', '/v1/wallets')).body)).toContain(customer);
    expect(JSON.stringify((await theirs.api('GET', '/v1/transactions')).body)).toContain(payment);
    expect(logged.filter((line) => line.includes('canary'))).toEqual([]);
  });

  it('I14 no secret was logged', () => {
    expect(logged.length).toBeGreaterThan(10);
    const secrets = [squareKey(), cloverCode(), stack.secrets.CursorKey, cloverMerchant.accessToken];
    expect(logged.filter((line) => secrets.some((secret) => line.includes(secret)))).toEqual([]);
  });
});

const cloverMerchant = {
  id: 'CLOVERSHOP1',
  accessToken: 'sesame-access-token',
  orders: [
    {
      id: 'CLOVERORDER1',
      currency: 'USD',
      createdTime: Date.parse(takenAt),
      modifiedTime: Date.parse(takenAt),
      customers: [{ id: 'CARLA' }],
      lineItems: [{ id: 'LINE1', name: 'Cake', price: 1745, discounts: [{ id: 'D1', name: 'Tuesday', amount: -200 }] }],
    },
  ],
  payments: [
    {
      id: 'CLOVERPAY1',
      orderId: 'CLOVERORDER1',
      amount: 1545,
      result: 'SUCCESS',
      createdTime: Date.parse(takenAt),
      modifiedTime: Date.parse(takenAt),
    },
  ],
};
