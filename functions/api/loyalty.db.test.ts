import { edgeHeaders } from '@tributary/infra/edge-headers';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, audience, cursorKey, issuerName, startApi } from './test/api.ts';
import { createMerchant, type Merchant, minute } from './test/merchant.ts';

const anId = (prefix: string) => expect.stringMatching(new RegExp(`^${prefix}_[0-9a-z]{26}$`));
const aTime = expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);

describe('the loyalty API', () => {
  let api: Api;
  let merchant: Merchant;
  let other: Merchant;
  let ann: object;
  beforeAll(async () => {
    api = await startApi();
    merchant = await createMerchant(api.database);
    other = await createMerchant(api.database);
    await other.apply(other.payment({ externalId: 'unpaid', status: 'pending', customer: { externalId: 'bob' } }));
    const identities = [
      { kind: 'email', value: 'a•••@example.com' },
      { kind: 'external', provider: 'square', value: `ann ${merchant.canary}` },
      { kind: 'mobile', value: '+1•••••0100' },
    ];
    ann = { id: anId('cus'), identities };
  });

  const list = async (path: string, who: Merchant = merchant) => {
    const { status, json } = await api.get(who, path);
    expect([path, status]).toEqual([path, 200]);
    return json.data;
  };
  const sale = async () => (await list(`/v1/transactions?to=${minute(1).toISOString()}`))[0];

  it('S1-133 lists sales, the newest first, with their customer', async () => {
    const sales = await list('/v1/transactions');
    expect(sales).toHaveLength(2);
    expect(sales[0].transactionAt > sales[1].transactionAt).toBe(true);
    expect(sales[0].customer).toBeNull();
    expect(sales[1]).toEqual({
      id: anId('txn'),
      provider: 'square',
      providerTransactionId: `pay ${merchant.canary}`,
      status: 'completed',
      amountMinor: 5000,
      tipMinor: 500,
      refundedMinor: 0,
      currency: 'USD',
      customer: ann,
      transactionAt: minute(0).toISOString(),
      createdAt: aTime,
      updatedAt: aTime,
    });
  });

  it('S1-102 shows a sale with its points, its rule and its refunds', async () => {
    const { id, ...summary } = await sale();
    const rules = await list('/v1/reward-rules');
    expect((await api.get(merchant, `/v1/transactions/${id}`)).json).toEqual({
      id,
      ...summary,
      rewardRuleId: rules[1].id,
      pointsEarned: 50,
      pointsClawedBack: 25,
      refunds: [
        {
          providerRefundId: `ref ${merchant.canary}`,
          status: 'completed',
          amountMinor: 2750,
          currency: 'USD',
          updatedAt: minute(2).toISOString(),
        },
      ],
    });
  });

  it('shows an anonymous sale without refunds or points', async () => {
    const [anonymous] = await list('/v1/transactions');
    const { json } = await api.get(merchant, `/v1/transactions/${anonymous.id}`);
    expect(json).toMatchObject({
      customer: null,
      rewardRuleId: null,
      pointsEarned: 0,
      pointsClawedBack: 0,
      refunds: [],
    });
  });

  it('S1-057 finds the sales of a customer and of a span of time: from is in it, to is not', async () => {
    const { customer } = await sale();
    const found = async (query: string) =>
      (await list(`/v1/transactions?${query}`)).map((one: { transactionAt: string }) => one.transactionAt);
    const [early, late] = [minute(0).toISOString(), minute(3).toISOString()];
    expect(await found(`customerId=${customer.id}`)).toEqual([early]);
    expect(await found(`from=${late}`)).toEqual([late]);
    expect(await found(`from=${early}&to=${late}`)).toEqual([early]);
    expect(await found('from=2026-06-01T14:00:00%2B02:00')).toEqual([late, early]);
    expect(await found(`from=${late}&to=${early}`)).toEqual([]);
  });

  it('S1-071 shows wallets with customer, balance and what rewards hold, in a list and alone', async () => {
    const wallets = await list('/v1/wallets');
    const points = { balance: 20, held: 5, pending: 0, tier: null };
    expect(wallets).toEqual([
      { id: anId('wal'), status: 'active', ...points, customer: ann, mergedInto: null, createdAt: aTime },
    ]);
    expect((await api.get(merchant, `/v1/wallets/${wallets[0].id}`)).json).toEqual(wallets[0]);
  });

  it('S1-136 shows the ledger of a wallet, the newest entry first', async () => {
    const [wallet] = await list('/v1/wallets');
    const { id, provider, providerTransactionId } = await sale();
    const source = { provider, transactionId: id, providerTransactionId };
    const [earned, refunded] = [minute(0).toISOString(), minute(2).toISOString()];
    expect(await list(`/v1/wallets/${wallet.id}/entries`)).toEqual([
      {
        version: 2,
        type: 'debit',
        kind: 'clawback',
        description: null,
        points: 25,
        balanceAfter: 25,
        source,
        effectiveAt: refunded,
        createdAt: aTime,
      },
      {
        version: 1,
        type: 'credit',
        kind: 'earn',
        description: null,
        points: 50,
        balanceAfter: 50,
        source,
        effectiveAt: earned,
        createdAt: aTime,
      },
    ]);
  });

  it('a wallet that never had an entry has an empty ledger', async () => {
    const [bob] = await list('/v1/wallets', other);
    expect(bob).toMatchObject({ balance: 0, customer: { identities: [{ value: 'bob' }] } });
    expect(await list(`/v1/wallets/${bob.id}/entries`, other)).toEqual([]);
  });

  it('S1-090 lists rules by version, the newest first', async () => {
    const rules = await list('/v1/reward-rules');
    expect(
      rules.map(({ version, isActive, createdBy }: Record<string, unknown>) => [version, isActive, createdBy]),
    ).toEqual([
      [2, false, `owner ${merchant.canary}`],
      [1, true, `owner ${merchant.canary}`],
    ]);
    expect((await api.get(merchant, `/v1/reward-rules/${rules[0].id}`)).json).toEqual(rules[0]);
  });

  it('shows deliveries with what became of their events, and never what was in them', async () => {
    const deliveries = await list('/v1/deliveries');
    const none = { pending: 0, applied: 0, ignored: 0, quarantined: 0 };
    const common = { id: anId('dlv'), provider: 'square', receivedAt: minute(4).toISOString(), events: 1 };
    expect(deliveries).toHaveLength(2);
    expect(deliveries).toContainEqual({ ...common, statuses: { ...none, applied: 1 } });
    expect(deliveries).toContainEqual({ ...common, statuses: { ...none, quarantined: 1 } });
    const [quarantined] = await list('/v1/quarantine');
    const { id, provider, receivedAt } = deliveries.find((one: { id: string }) => one.id === quarantined.deliveryId);
    expect((await api.get(merchant, `/v1/deliveries/${id}`)).json).toEqual({
      id,
      provider,
      receivedAt,
      events: [quarantined],
    });
  });

  it('shows what is in quarantine, with the reason', async () => {
    expect(await list('/v1/quarantine')).toEqual([
      {
        id: anId('evt'),
        deliveryId: anId('dlv'),
        connectionId: anId('con'),
        provider: 'square',
        type: 'payment.updated',
        status: 'quarantined',
        reason: 'invalid_payload',
        occurredAt: minute(3).toISOString(),
        receivedAt: minute(4).toISOString(),
        processedAt: aTime,
      },
    ]);
  });

  it('answers 304 to who has the object already', async () => {
    const [{ id }] = await list('/v1/wallets');
    const { headers } = await api.get(merchant, `/v1/wallets/${id}`);
    const again = await api.get(merchant, `/v1/wallets/${id}`, { 'if-none-match': headers.etag as string });
    expect([again.status, again.text]).toEqual([304, '']);
  });

  it.each([
    ['/v1/transactions?limit=0', 'limit'],
    ['/v1/transactions?limit=101', 'limit'],
    ['/v1/wallets?limit=1e1', 'limit'],
    ['/v1/transactions?customerId=cus_1', 'customerId'],
    ['/v1/transactions?customerId=wal_01kb7kz3vaef8rmt0v5w6x7y8z', 'customerId'],
    ['/v1/transactions?from=yesterday', 'from'],
    ['/v1/transactions?from=2026-06-01', 'from'],
    ['/v1/transactions?to=2026-02-30T00:00:00Z', 'to'],
    ['/v1/transactions?to=0000-01-01T00:00:00Z', 'to'],
    ['/v1/transactions?from=9999-12-31T23:59:59-10:00', 'from'],
    ['/v1/reward-rules?active=true', ''],
  ])('refuses %s', async (path, field) => {
    const { status, json } = await api.get(merchant, path);
    expect([status, json.code, json.issues[0].path]).toEqual([422, 'validation_failed', field]);
  });

  it('refuses a filter given twice', async () => {
    const { status, json } = await api.get(merchant, '/v1/transactions?limit=1&limit=2');
    expect([status, json.code]).toEqual([400, 'bad_request']);
  });

  it('is a Lambda function that reads its configuration at the first request', async () => {
    const edgeKey = Buffer.alloc(32, 9).toString('base64');
    const links = {
      DatabaseApi: { url: api.database.url('api') },
      CursorKey: { value: cursorKey.toString('base64') },
      EdgeKeys: { value: edgeKey },
    };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify({ App: { name: 'tributary', stage: 'test' }, ...links }));
    vi.resetModules();
    const { handler } = await import('./loyalty.ts');
    vi.stubEnv('NEON_LOCAL_PROXY', api.database.proxy);
    vi.stubEnv('JWT_ISSUER', issuerName);
    vi.stubEnv('JWT_AUDIENCE', audience);
    vi.stubEnv('JWKS_URL', api.jwksUrl);
    vi.stubEnv('API_KEY_ENVIRONMENT', 'test');
    vi.stubEnv('CORS_ORIGINS', 'none');
    const write = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
    const authorization = `Bearer ${await api.mint(merchant)}`;
    const event = (headers: Record<string, string>) => ({
      rawPath: '/v1/wallets',
      rawQueryString: 'limit=1',
      headers: { authorization, ...headers },
      requestContext: { requestId: 'request-1', http: { method: 'GET', sourceIp: '192.0.2.1' } },
    });
    const byEdge = { [edgeHeaders.key]: edgeKey, [edgeHeaders.address]: '203.0.113.9' };
    const result = await handler(event(byEdge));
    const around = await handler(event({ ...byEdge, [edgeHeaders.key]: 'another', 'x-forwarded-for': '203.0.113.9' }));
    expect(write.mock.calls.map(([line]) => JSON.parse(String(line)))).toEqual([
      expect.objectContaining({ app: 'loyalty', operationId: 'listWallets', requestId: 'request-1', status: 200 }),
    ]);
    write.mockRestore();
    vi.unstubAllEnvs();
    expect(result).toMatchObject({ statusCode: 200, headers: { 'x-request-id': 'request-1' }, isBase64Encoded: false });
    expect(JSON.parse(result.body).data[0].balance).toBe(20);
    expect(result.headers.ratelimit).toMatch(/^"credential";r=\d+;t=1$/);
    expect(around.statusCode).toBe(403);
  });
});
