import { randomUUID } from 'node:crypto';
import { withTenant } from '@tributary/db/transaction';
import { reconcile } from '@tributary/ledger/reconcile';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, startApi } from './test/api.ts';
import { createMerchant, type Merchant, minute } from './test/merchant.ts';

let api: Api;
beforeAll(async () => {
  api = await startApi();
});

interface Shop {
  merchant: Merchant;
  /** `/v1/wallets/{walletId}` of a customer with 20 points to spend and 5 held. */
  wallet: string;
  walletId: string;
}

async function open(): Promise<Shop> {
  const merchant = await createMerchant(api.database);
  const { data } = (await api.get(merchant, '/v1/wallets')).json;
  const walletId = data.find(({ held }: { held: number }) => held > 0).id;
  return { merchant, wallet: `/v1/wallets/${walletId}`, walletId };
}

const shown = async ({ merchant, wallet }: Shop) => (await api.get(merchant, wallet)).json;
const post = async ({ merchant, wallet }: Shop, path: string, body: object, headers?: Record<string, string>) => {
  const { status, json } = await api.post(merchant, `${wallet}${path}`, body, headers);
  return { status, json };
};
const audit = async ({ merchant }: Shop, filter: string) =>
  (await api.get(merchant, `/v1/audit-records?${filter}`)).json.data;
const faults = ({ merchant }: Shop) =>
  withTenant({ database: api.database.api, orgId: merchant.orgId }, (tx) => reconcile(tx, new Date()));

describe('correcting a wallet by hand', () => {
  it('S1-085 shows in the wallet, its ledger, the list of corrections and the audit', async () => {
    const shop = await open();
    const { status, json } = await post(shop, '/adjustments', { points: 12, reason: 'waited long' });
    expect([status, json]).toEqual([
      201,
      {
        id: expect.stringMatching(/^adj_/),
        walletId: shop.walletId,
        points: 12,
        balanceAfter: 37,
        reason: 'waited long',
        actor: 'the-owner',
        createdAt: expect.any(String),
      },
    ]);
    expect(await shown(shop)).toMatchObject({ balance: 32, held: 5 });
    const [entry] = (await api.get(shop.merchant, `${shop.wallet}/entries`)).json.data;
    expect(entry).toMatchObject({
      kind: 'adjust',
      type: 'credit',
      points: 12,
      description: 'waited long',
      source: null,
    });
    expect((await api.get(shop.merchant, `${shop.wallet}/adjustments`)).json).toEqual({
      data: [json],
      nextCursor: null,
    });
    expect(await audit(shop, `targetId=${shop.walletId}`)).toMatchObject([
      {
        action: 'wallet.adjust',
        actor: 'the-owner',
        reason: 'waited long',
        before: { balance: 25 },
        after: { balance: 37 },
      },
    ]);
  });

  it('L46 is refused when it would leave less than nothing, and done where that is allowed', async () => {
    const shop = await open();
    const wanted = { points: -50, reason: 'a mistake' };
    const { status, json } = await post(shop, '/adjustments', wanted);
    expect([status, json.code]).toEqual([422, 'not_enough_points']);
    expect((await post(shop, '/adjustments', { ...wanted, allowNegative: true })).json).toMatchObject({
      balanceAfter: -25,
    });
    expect([(await shown(shop)).balance, await faults(shop)]).toEqual([-30, []]);
  });

  it('sent twice under one key is done once', async () => {
    const shop = await open();
    const headers = { 'idempotency-key': randomUUID() };
    const answers = await Promise.all(
      Array.from({ length: 4 }, () => post(shop, '/adjustments', { points: 1, reason: 'sorry' }, headers)),
    );
    expect(answers.filter(({ status }) => status === 201).length).toBeGreaterThan(0);
    const others = answers.filter(({ status }) => status !== 201);
    expect(others.map(({ json }) => json.code)).toEqual(others.map(() => 'request_in_flight'));
    expect((await shown(shop)).balance).toBe(21);
  });

  it.each([
    ['no points', { points: 0, reason: 'x' }, 'points'],
    ['no reason', { points: 1 }, 'reason'],
    ['another wallet than the one it is sent to', { points: 1, reason: 'x', walletId: 'wal_1' }, ''],
    ['a year without end', { points: 1, reason: 'x', expiresAt: '9999-12-31T23:00:00-12:00' }, 'expiresAt'],
    ['points already gone', { points: 1, reason: 'x', expiresAt: '2020-01-01T00:00:00Z' }, 'expiresAt'],
  ])('is refused with %s', async (_what, body, path) => {
    const { status, json } = await post(await open(), '/adjustments', body);
    expect([status, json.code, json.issues[0].path]).toEqual([422, 'validation_failed', path]);
  });
});

describe('S1-072 a frozen wallet', () => {
  it('serves nobody, records sales, and makes them good', async () => {
    const shop = await open();
    const { merchant } = shop;
    expect((await post(shop, '/freeze', { reason: 'stolen' })).json).toEqual(await shown(shop));
    expect((await shown(shop)).status).toBe('frozen');
    const order = { walletId: shop.walletId, points: 5, basketMinor: 1000, currency: 'USD' };
    const refused = await api.post(merchant, '/v1/rewards', order);
    expect([refused.status, refused.json.code]).toEqual([409, 'wallet_frozen']);
    await merchant.apply(merchant.payment({ externalId: 'meanwhile', version: minute(9) }));
    expect((await shown(shop)).balance).toBe(20);
    const again = await post(shop, '/freeze', { reason: 'again' });
    expect([again.status, again.json.code]).toEqual([409, 'already_frozen']);
    expect((await post(shop, '/unfreeze', { reason: 'found' })).json).toMatchObject({ status: 'active', balance: 70 });
    const twice = await post(shop, '/unfreeze', { reason: 'again' });
    expect([twice.status, twice.json.code]).toEqual([409, 'not_frozen']);
    expect((await api.post(merchant, '/v1/rewards', order)).status).toBe(201);
    expect(await faults(shop)).toEqual([]);
    const told = await audit(shop, `targetId=${shop.walletId}`);
    expect(told.map(({ action, reason }: Record<string, string>) => [action, reason])).toEqual([
      ['wallet.unfreeze', 'found'],
      ['wallet.freeze', 'stolen'],
    ]);
  });

  it('the answer to a freeze is the first one, also when it was unfrozen since', async () => {
    const shop = await open();
    const headers = { 'idempotency-key': randomUUID() };
    const first = await post(shop, '/freeze', { reason: 'stolen' }, headers);
    await post(shop, '/unfreeze', { reason: 'found' });
    expect(await post(shop, '/freeze', { reason: 'stolen' }, headers)).toEqual(first);
    expect((await shown(shop)).status).toBe('active');
  });
});

describe('tiers', () => {
  const config = {
    basis: 'lifetime_points',
    periodMonths: 12,
    tiers: [
      { name: 'Bronze', threshold: 0 },
      { name: 'Silver', threshold: 40 },
    ],
    downgrade: 'balance_based',
  };

  it('are set as they are sent, and wallets follow as they earn', async () => {
    const shop = await open();
    const { merchant } = shop;
    const { status, json } = await api.put(merchant, '/v1/tiers', { config });
    expect([status, json]).toMatchObject([
      200,
      { version: 2, config: { ...config, graceDays: 0 }, createdBy: 'the-owner' },
    ]);
    expect((await api.get(merchant, '/v1/tiers')).json).toEqual(json);
    expect((await api.put(merchant, '/v1/tiers', { config })).json).toEqual(json);
    await merchant.apply(merchant.payment({ externalId: 'next', amountMinor: 1500 }));
    expect((await shown(shop)).tier).toBe('Silver');
  });

  it.each([
    [
      'thresholds that fall',
      {
        tiers: [
          { name: 'A', threshold: 0 },
          { name: 'B', threshold: -1 },
        ],
      },
      'config.tiers.1.threshold',
    ],
    ['a first threshold above 0', { tiers: [{ name: 'A', threshold: 5 }] }, 'config.tiers'],
    ['points of a period without a period', { basis: 'period_points', periodMonths: null }, 'config.periodMonths'],
    ['an unknown field', { bonus: 1 }, 'config'],
  ])('are refused with %s', async (_what, change, path) => {
    const { merchant } = await open();
    const { status, json } = await api.put(merchant, '/v1/tiers', { config: { ...config, ...change } });
    expect([status, json.code, json.issues[0].path]).toEqual([422, 'validation_failed', path]);
  });

  it('are not found before anybody set any', async () => {
    const { status, json } = await api.get({ orgId: crypto.randomUUID() }, '/v1/tiers');
    expect([status, json.code]).toEqual([404, 'not_found']);
  });
});
