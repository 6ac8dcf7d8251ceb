import { randomUUID } from 'node:crypto';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { type Api, startApi } from './test/api.ts';
import { createMerchant, type Merchant, minute } from './test/merchant.ts';

describe('customers over the API', () => {
  let api: Api;
  let merchant: Merchant;
  beforeAll(async () => {
    api = await startApi();
    merchant = await createMerchant(api.database);
  });
  afterEach(() => vi.restoreAllMocks());

  const register = (body: object, headers?: Record<string, string>) =>
    api.post(merchant, '/v1/customers', body, headers);
  const find = (body: object) => api.post(merchant, '/v1/customer-lookup', body, {});
  const merge = (from: string, into: string, headers?: Record<string, string>) =>
    api.post(merchant, `/v1/customers/${from}/merge`, { into, reason: 'showed both cards' }, headers);
  /** A customer nobody else in this suite has. */
  const someone = async () => (await register({ email: `${randomUUID()}@example.com` })).json;

  it('a till registers somebody, finds them by what they say, and shows them by id', async () => {
    const { status, json } = await register({ email: 'Dora@Example.com', mobile: '(212) 555-0100' });
    expect(status).toBe(200);
    expect(json).toEqual({
      id: expect.stringMatching(/^cus_/),
      identities: [
        { kind: 'email', value: 'd•••@example.com' },
        { kind: 'mobile', value: '+1•••••0100' },
      ],
      wallet: {
        id: expect.stringMatching(/^wal_/),
        status: 'active',
        balance: 0,
        held: 0,
        pending: 0,
        tier: null,
        mergedInto: null,
        createdAt: expect.any(String),
      },
    });
    for (const body of [{ email: 'dora@example.com' }, { mobile: '212-555-0100' }]) {
      expect((await find(body)).json).toEqual(json);
    }
    expect((await api.get(merchant, `/v1/customers/${json.id}`)).json).toEqual(json);
    const { customer, ...wallet } = (await api.get(merchant, `/v1/wallets/${json.wallet.id}`)).json;
    expect({ ...customer, wallet }).toEqual(json);
  });

  it('L62 shows the points of a sale that was anonymous until then', async () => {
    const email = 'emil@example.com';
    await merchant.apply(merchant.payment({ externalId: 'emil', customer: { email }, version: minute(9) }));
    const { json } = await register({ email });
    expect(json.wallet.balance).toBe(50);
    const { data } = (await api.get(merchant, `/v1/transactions?customerId=${json.id}`)).json;
    expect(data).toMatchObject([{ providerTransactionId: 'emil', customer: { id: json.id } }]);
  });

  it('the same registration sent twice answers the same, byte for byte, whatever happened since', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    const email = 'finn@example.com';
    const first = await register({ email }, headers);
    await register({ email, mobile: '+12125550177' });
    expect((await register({ email }, headers)).text).toBe(first.text);
    expect((await register({ email: 'other@example.com' }, headers)).json.code).toBe('idempotency_key_reused');
  });

  it('L63 a manager merges two, and the answer to the same request stays the same', async () => {
    const [from, into] = [await someone(), await someone()];
    const headers = { 'idempotency-key': randomUUID() };
    const merged = await merge(from.id, into.id, headers);
    expect([merged.status, merged.json.id, merged.json.identities.length]).toEqual([200, into.id, 2]);
    expect((await merge(from.id, into.id, headers)).text).toBe(merged.text);
    expect((await merge(from.id, into.id)).json).toEqual(merged.json);
    expect((await api.get(merchant, `/v1/customers/${from.id}`)).json).toEqual(merged.json);
    const left = (await api.get(merchant, `/v1/wallets/${from.wallet.id}`)).json;
    expect(left).toMatchObject({ status: 'frozen', balance: 0, mergedInto: into.wallet.id, customer: { id: into.id } });
  });

  it('refuses to merge what cannot be, with a code to switch on', async () => {
    const [a, b, c] = [await someone(), await someone(), await someone()];
    await merge(a.id, b.id);
    const answers = [await merge(a.id, c.id), await merge(c.id, c.id), await merge(c.id, 'cus_1')];
    expect(answers.map(({ status, json }) => [status, json.code])).toEqual([
      [409, 'conflict'],
      [422, 'validation_failed'],
      [404, 'not_found'],
    ]);
  });

  it.each([
    ['what is no address', { email: 'gus-at-example.com' }, 422, 'validation_failed', 'email'],
    ['what is no number', { mobile: '+1 555 call gus' }, 422, 'validation_failed', 'mobile'],
    ['an unknown field', { phone: '+12125550199' }, 422, 'validation_failed', ''],
    ['no name at all', {}, 422, 'validation_failed', ''],
  ])('refuses %s without repeating it, to register and to find', async (_what, body, status, code, path) => {
    for (const answer of [await register(body), await find(body)]) {
      expect([answer.status, answer.json.code, answer.json.issues[0].path]).toEqual([status, code, path]);
      // Its id is drawn, and may hold any digits.
      expect(JSON.stringify({ ...answer.json, requestId: '' })).not.toMatch(/gus|555/);
    }
  });

  it('refuses names of two customers with a code of its own', async () => {
    await register({ email: 'hugo@example.com' });
    await register({ mobile: '+12125550111' });
    const { status, json } = await register({ email: 'hugo@example.com', mobile: '+12125550111' });
    expect([status, json.code]).toEqual([409, 'customers_differ']);
  });

  it('finding somebody is one round trip to the database, two by a number without its country', async () => {
    await register({ email: 'ida@example.com', mobile: '+12125550122' });
    const trips = async (body: object) => {
      const fetches = vi.spyOn(globalThis, 'fetch');
      expect((await find(body)).status).toBe(200);
      const asked = fetches.mock.calls.filter(([url]) => new URL(String(url)).pathname === '/sql');
      fetches.mockRestore();
      return asked.length;
    };
    expect(await trips({ email: 'ida@example.com' })).toBe(1);
    expect(await trips({ mobile: '+1 212 555 0122' })).toBe(1);
    expect(await trips({ mobile: '(212) 555-0122' })).toBe(2);
  });

  it('no address and no number is in a log line', () => {
    const text = JSON.stringify(api.lines);
    expect(api.lines.length).toBeGreaterThan(20);
    expect(text).not.toMatch(/example\.com|555-?01/);
  });
});
