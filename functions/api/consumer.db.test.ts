import { memberRole } from '@tributary/core/role';
import { pathParameters } from '@tributary/http/registry';
import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { routes } from './consumer.ts';
import { type Answer, type Api, startApi } from './test/api.ts';
import { type ConsumerApi, startConsumerApi } from './test/consumer.ts';
import { createMerchant, type Merchant, minute } from './test/merchant.ts';
import { routes as memberRoutes } from './test/routes.ts';

const ann = { subject: 'ann', email: 'ann@example.com', mobile: '+14155550100' };
const bob = { subject: 'bob', email: 'bob@example.com' };
const paths = routes.map(({ path }) => path);
const withId = paths.filter((path) => pathParameters(path).length > 0);
const at = (path: string, walletId: string) => path.replace('{walletId}', walletId);

/** An answer but for what names the request. */
function anonymous({ status, headers, text, json }: Answer) {
  const { 'x-request-id': requestId = '', ...others } = headers;
  expect(json.requestId).toBe(requestId);
  return { status, headers: others, text: text.replace(requestId, '') };
}

describe('the API for consumers', () => {
  let api: Api;
  let me: ConsumerApi;
  let cafe: Merchant;
  let bakery: Merchant;
  let wallets: { id: string }[];
  beforeAll(async () => {
    api = await startApi();
    me = startConsumerApi(api);
    cafe = await createMerchant(api.database);
    bakery = await createMerchant(api.database);
    await cafe.apply(cafe.payment({ externalId: 'by bob', customer: { externalId: 'bob', email: bob.email } }));
    wallets = (await me.get(ann, '/v1/me/wallets')).json.data;
  });
  afterEach(() => vi.restoreAllMocks());
  const walletOf = (index: number) => wallets[index]?.id ?? '';

  it('S1-007 shows somebody their wallets at every merchant, and nothing else of anybody', async () => {
    const { rows: names } = await api.database.superuser.query(
      'select name from identity.organizations where id = any ($1) order by id desc',
      [[cafe.orgId, bakery.orgId]],
    );
    const points = { status: 'active', balance: 20, held: 5, pending: 0, tier: null, expiring: [] };
    expect(wallets).toEqual(names.map(({ name }) => ({ id: expect.any(String), merchant: { name }, ...points })));
    expect((await me.get(ann, `/v1/me/wallets/${walletOf(0)}`)).json).toEqual(wallets[0]);
    expect((await me.get(bob, '/v1/me/wallets')).json.data).toMatchObject([
      { balance: 50, merchant: { name: names[1].name } },
    ]);
  });

  it('shows what came in and went out, the newest first', async () => {
    const { json } = await me.get(ann, `/v1/me/wallets/${walletOf(0)}/entries`);
    const [earned, refunded] = [minute(0).toISOString(), minute(2).toISOString()];
    expect(json.data).toEqual([
      { version: 2, type: 'debit', kind: 'clawback', points: 25, balanceAfter: 25, effectiveAt: refunded },
      { version: 1, type: 'credit', kind: 'earn', points: 50, balanceAfter: 50, effectiveAt: earned },
    ]);
  });

  it.each(paths)('%s: tells no contact, no organization’s id and no name a provider gives', async (path) => {
    const { status, text } = await me.get(ann, at(path, walletOf(0)));
    expect(status).toBe(200);
    expect(text).not.toMatch(/@|4155550100|canary|square/);
    for (const { orgId } of [cafe, bakery]) expect(text).not.toContain(orgId);
  });

  it.each(withId)('%s: a wallet of others answers as one that does not exist, byte for byte', async (path) => {
    const nothing = anonymous(await me.get(bob, at(path, 'wal_01kb7kz3vaef8rmt0v5w6x7y8z')));
    expect(nothing.status).toBe(404);
    for (const id of [walletOf(0), walletOf(1), 'cus_01kb7kz3vaef8rmt0v5w6x7y8z', 'x', 'x'.repeat(100)]) {
      expect(anonymous(await me.get(bob, at(path, id)))).toEqual(nothing);
    }
  });

  it.each([
    ['no contact', {}],
    ['contacts they have not proven', { ...ann, verified: [] }],
    ['contacts nobody knows', { email: 'nobody@example.com', mobile: '+14155550199' }],
  ])('somebody with %s has nothing', async (_what, who) => {
    expect((await me.get(who, '/v1/me/wallets')).text).toBe('{"data":[],"nextCursor":null}');
    for (const path of withId) expect((await me.get(who, at(path, walletOf(0)))).status).toBe(404);
  });

  it('one proven contact is enough, in whatever spelling the issuer has it', async () => {
    for (const who of [
      { email: ' Ann@EXAMPLE.com' },
      { mobile: '+1 (415) 555-0100' },
      { ...ann, verified: ['email'] },
    ]) {
      expect((await me.get(who as typeof ann, '/v1/me/wallets')).json.data).toEqual(wallets);
    }
  });

  it.each(paths)('%s: is closed to members, whatever their role', async (path) => {
    for (const role of memberRole.options) {
      const token = await api.mint({ orgId: cafe.orgId, role });
      const { status, json } = await me.getWith(token, at(path, walletOf(0)));
      expect([role, status, json.code]).toEqual([role, 403, 'forbidden']);
    }
  });

  it('consumers are strangers to every route of members', async () => {
    const headers = { authorization: `Bearer ${await api.mintConsumer(ann)}` };
    const sendBy = { POST: api.post, PUT: api.put, PATCH: api.patch } as const;
    for (const { method, path } of memberRoutes) {
      const isSent = method === 'POST' || method === 'PUT' || method === 'PATCH';
      const ask = method === 'DELETE' ? api.delete : api.get;
      const { status, json } = await (isSent ? sendBy[method](cafe, path, {}, headers) : ask(cafe, path, headers));
      expect([path, status, json.code]).toEqual([path, 401, 'unauthenticated']);
    }
  });

  const page = async (path: string, cursor: string | null, who: typeof bob = ann) =>
    me.get(who, `${path}?limit=1${cursor === null ? '' : `&cursor=${cursor}`}`);

  it.each(['/v1/me/wallets', '/v1/me/wallets/{walletId}/entries'])('%s: page by page is the whole', async (path) => {
    const whole = (await me.get(ann, at(path, walletOf(0)))).json.data;
    const first = (await page(at(path, walletOf(0)), null)).json;
    const fetches = vi.spyOn(globalThis, 'fetch');
    const second = (await page(at(path, walletOf(0)), first.nextCursor)).json;
    expect(fetches.mock.calls.map(([url]) => new URL(String(url)).pathname)).toEqual(['/sql']);
    expect([...first.data, ...second.data]).toEqual(whole);
    expect([whole.length, second.nextCursor]).toEqual([2, null]);
  });

  it('a cursor is for whom it was given, for that list and that wallet', async () => {
    const entries = (walletId: string) => `/v1/me/wallets/${walletId}/entries`;
    const { nextCursor: list } = (await page('/v1/me/wallets', null)).json;
    const { nextCursor: ledger } = (await page(entries(walletOf(0)), null)).json;
    const refused = [
      page('/v1/me/wallets', list, bob),
      page('/v1/me/wallets', list, { ...ann, subject: 'ann-2' }),
      page('/v1/me/wallets', ledger),
      page(entries(walletOf(1)), ledger),
      page(entries(walletOf(0)), list),
    ];
    for (const { status, json } of await Promise.all(refused)) {
      expect([status, json.code]).toEqual([400, 'invalid_cursor']);
    }
  });

  it('the log names the operation, and nobody', () => {
    expect(me.lines.length).toBeGreaterThan(50);
    expect(new Set(me.lines.map(({ orgId }) => orgId))).toEqual(new Set([null]));
    expect(JSON.stringify(me.lines)).not.toMatch(/ann|bob|example\.com|415555/);
    expect(me.lines.filter(({ status }) => status >= 500)).toEqual([]);
  });
});
