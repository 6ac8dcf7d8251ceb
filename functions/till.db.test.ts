import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TenantTransaction } from '@tributary/db/transaction';
import { reconcile } from '@tributary/ledger/reconcile';
import { bundlesFrom } from '@tributary/local/bundle-server';
import { startStack } from '@tributary/local/stack';
import type { Stack } from '@tributary/local/stack-options';
import { signSquare, squareHeaders, squarePaymentEvent, squareRefundEvent } from '@tributary/sandbox/square/webhook';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';

const soldAt = '2026-06-01T12:00:00Z';

/** A counter with a till that calls the API, and Square that tells of its sales: the bundles that would be deployed. */
describe('at the till', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'tributary-till-'));
  let stack: Stack;
  let database: pg.Pool;
  let orgId: string;

  beforeAll(async () => {
    stack = await startStack({
      dataDir,
      bundle: () => bundlesFrom(inject('bundlesUrl')),
      persistent: false,
      batchWindowSeconds: 0,
      log: () => undefined,
    });
    database = new pg.Pool({ connectionString: stack.superuserUrl, max: 2 });
    const shop = { organization: { name: 'Corner Coffee' }, provider: 'square', accountRef: 'the-shop' };
    orgId = ((await stack.invoke('opsConnect', shop)) as { orgId: string }).orgId;
  }, 180_000);
  afterAll(async () => {
    await database?.end();
    await stack?.stop();
    rmSync(dataDir, { recursive: true, force: true });
  });

  async function call(method: 'GET' | 'POST', path: string, body?: object, role: 'owner' | 'operator' = 'operator') {
    const headers = {
      authorization: `Bearer ${await stack.token(orgId, role)}`,
      'content-type': 'application/json',
      ...(method === 'POST' && { 'idempotency-key': randomUUID() }),
    };
    const response = await fetch(`${stack.gatewayUrl}${path}`, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    });
    // biome-ignore lint/suspicious/noExplicitAny: whatever the API says
    return { status: response.status, json: (await response.json()) as any };
  }

  async function squareSays(event: object) {
    const body = Buffer.from(JSON.stringify(event));
    const key = JSON.parse(stack.secrets.SquareSignatureKeys)[0] as string;
    const signature = signSquare(key, stack.settings.SQUARE_NOTIFICATION_URL, body);
    const init = { method: 'POST', headers: squareHeaders(signature, soldAt), body: new Uint8Array(body) };
    expect((await fetch(`${stack.gatewayUrl}/webhooks/square`, init)).status).toBe(200);
    await stack.drained();
  }
  const sale = (paymentId: string, amountMinor: number, change: { customerId?: string; buyerEmail?: string } = {}) =>
    squareSays(
      squarePaymentEvent({
        eventId: randomUUID(),
        merchantId: 'the-shop',
        paymentId,
        amountMinor,
        createdAt: soldAt,
        ...change,
      }),
    );
  const refund = (refundId: string, paymentId: string, amountMinor: number) =>
    squareSays(
      squareRefundEvent({
        eventId: randomUUID(),
        merchantId: 'the-shop',
        refundId,
        paymentId,
        amountMinor,
        createdAt: soldAt,
      }),
    );

  /** What the till sees, and nothing that is wrong with the books. */
  async function lookUp(mobile: string) {
    const tx = {
      orgId,
      query: async (text: string, values: unknown[]) => (await database.query(text, values)).rows,
    } as unknown as TenantTransaction;
    expect(await reconcile(tx, new Date())).toEqual([]);
    const { status, json } = await call('POST', '/v1/customer-lookup', { mobile });
    expect(status).toBe(200);
    return json.wallet as { id: string; balance: number; held: number };
  }

  it('L44 L50 a customer is looked up, spends points, buys, returns half, and then all', async () => {
    const rule = await call('POST', '/v1/reward-rules', { config: { conversionRate: 1 } }, 'owner');
    await call('POST', `/v1/reward-rules/${rule.json.id}/activate`, { effectiveFrom: '2020-01-01T00:00:00Z' }, 'owner');
    // She was here before, unknown but for the address on her receipt.
    await sale('first', 25_000, { buyerEmail: 'ann@example.com' });
    const registered = await call('POST', '/v1/customers', {
      mobile: '(415) 555-0100',
      email: 'Ann@example.com',
      external: { provider: 'square', value: 'ann' },
    });
    expect(registered.status).toBe(200);
    const wallet = await lookUp('+1 415 555 0100');
    expect(wallet).toMatchObject({ balance: 250, held: 0 });

    const reward = await call('POST', '/v1/rewards', {
      walletId: wallet.id,
      points: 100,
      basketMinor: 1000,
      currency: 'USD',
    });
    expect(reward).toMatchObject({ status: 201, json: { status: 'issued', valueMinor: 100 } });
    expect(await lookUp('+14155550100')).toMatchObject({ balance: 150, held: 100 });

    const redeemed = await call('POST', `/v1/rewards/${reward.json.id}/redeem`, {
      appliedAs: 'tender',
      sale: { provider: 'square', providerTransactionId: 'second' },
    });
    expect(redeemed).toMatchObject({ status: 200, json: { status: 'redeemed' } });
    expect(await lookUp('+14155550100')).toMatchObject({ balance: 150, held: 0 });

    // Of 10.00 she paid 1.00 with points: 9.00 earn.
    await sale('second', 1000, { customerId: 'ann' });
    expect(await lookUp('+14155550100')).toMatchObject({ balance: 159 });

    // floor(9 × 5.00 / 10.00) go back.
    await refund('half', 'second', 500);
    expect(await lookUp('+14155550100')).toMatchObject({ balance: 155 });

    // Nothing is left of the sale: what it earned goes, and the points that paid for it come back.
    await refund('rest', 'second', 500);
    expect(await lookUp('+14155550100')).toMatchObject({ balance: 250 });

    const entries = await call('GET', `/v1/wallets/${wallet.id}/entries`);
    expect(
      entries.json.data.map(({ type, kind, points }: Record<string, unknown>) => `${type} ${kind} ${points}`).reverse(),
    ).toEqual([
      'credit earn 250',
      'debit redeem 100',
      'credit earn 9',
      'debit clawback 4',
      'credit return 100',
      'debit clawback 5',
    ]);
    expect((await call('POST', `/v1/rewards/${reward.json.id}/delete`, {})).json.code).toBe('reward_not_issued');
  }, 60_000);

  it('L64 the same sale told again, in other words and under another event, earns once', async () => {
    await sale('third', 1000, { customerId: 'ann' });
    await sale('third', 1000, { customerId: 'ann' });
    expect(await lookUp('+14155550100')).toMatchObject({ balance: 260 });
  });
});
