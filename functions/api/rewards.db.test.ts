import { randomUUID } from 'node:crypto';
import { showId } from '@tributary/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Caller, startApi } from './test/api.ts';
import { createMerchant, type Merchant } from './test/merchant.ts';

describe('rewards', () => {
  let api: Api;
  const merchants: Merchant[] = [];
  beforeAll(async () => {
    api = await startApi();
    for (let count = 0; count < 14; count += 1) merchants.push(await createMerchant(api.database));
  });

  /** A merchant nobody used yet, whose one wallet has 20 points to spend and 5 in a reward, and the till of an operator. */
  const fresh = async () => {
    const { orgId } = merchants.pop() as Merchant;
    const till: Caller = { orgId, role: 'operator' };
    const wallet = async () => (await api.get(till, '/v1/wallets')).json.data[0];
    const walletId: string = (await wallet()).id;
    const basket = { walletId, points: 10, basketMinor: 1000, currency: 'USD' };
    const issue = (change: object = {}, key: string = randomUUID()) =>
      api.post(till, '/v1/rewards', { ...basket, ...change }, { 'idempotency-key': key });
    const end = (id: string, how: 'redeem' | 'delete', body: object = {}, key: string = randomUUID()) =>
      api.post(till, `/v1/rewards/${id}/${how}`, body, { 'idempotency-key': key });
    const shows = async () => {
      const { balance, held } = await wallet();
      return [balance, held];
    };
    return { orgId, till, walletId, issue, end, shows };
  };

  /** As if so many days had gone by. */
  const expireAll = (orgId: string) =>
    api.database.superuser.query(
      `with hold as (update ledger.holds set expires_at = now() where org_id = $1 and status = 'pending')
       update loyalty.rewards set expires_at = now() where org_id = $1 and status = 'issued'`,
      [orgId],
    );

  it('L50 are issued: the points are held, and the wallet shows what is left', async () => {
    const { issue, shows, till } = await fresh();
    const { status, json } = await issue();
    expect(status).toBe(201);
    expect(json).toMatchObject({ status: 'issued', points: 10, valueMinor: 10, issuedBy: 'the-operator' });
    expect(Date.parse(json.expiresAt) - Date.parse(json.issuedAt)).toBe(1440 * 60_000);
    expect(await shows()).toEqual([10, 15]);
    expect((await api.get(till, `/v1/rewards/${json.id}`)).json).toEqual(json);
  });

  it('are redeemed on a sale', async () => {
    const { issue, end, shows, till, walletId } = await fresh();
    const { json } = await issue();
    const use = { appliedAs: 'tender', sale: { provider: 'square', providerTransactionId: 'pay-9' } };
    const redeemed = await end(json.id, 'redeem', use);
    expect([redeemed.status, redeemed.json]).toEqual([
      200,
      { ...json, ...use, status: 'redeemed', resolvedBy: 'the-operator', resolvedAt: redeemed.json.resolvedAt },
    ]);
    expect(await shows()).toEqual([10, 5]);
    const [entry] = (await api.get(till, `/v1/wallets/${walletId}/entries`)).json.data;
    expect(entry).toMatchObject({ type: 'debit', kind: 'redeem', points: 10, balanceAfter: 15 });
  });

  it('L52 are deleted, and the points are back', async () => {
    const { issue, end, shows } = await fresh();
    const { json } = await issue();
    expect((await end(json.id, 'delete')).json).toMatchObject({ status: 'deleted', deletedBecause: 'asked' });
    expect(await shows()).toEqual([20, 5]);
  });

  it.each([
    ['redeem', 'redeem', 'The reward is redeemed already.'],
    ['redeem', 'delete', 'The reward is redeemed already.'],
    ['delete', 'redeem', 'The reward is deleted already.'],
    ['delete', 'delete', 'The reward is deleted already.'],
  ] as const)('L53 after %s, %s is a conflict that says why', async (first, second, detail) => {
    const { issue, end } = await fresh();
    const { id } = (await issue()).json;
    await end(id, first);
    const { status, json } = await end(id, second);
    expect([status, json.code, json.detail]).toEqual([409, 'reward_not_issued', detail]);
  });

  it('that expired are refused, and the refusal keeps the points given back', async () => {
    const { orgId, issue, end, shows, till } = await fresh();
    const { id } = (await issue()).json;
    await expireAll(orgId);
    const key = randomUUID();
    const refused = await end(id, 'redeem', {}, key);
    expect([refused.status, refused.json.code]).toEqual([409, 'reward_expired']);
    expect(await shows()).toEqual([20, 5]);
    expect((await api.get(till, `/v1/rewards/${id}`)).json).toMatchObject({
      status: 'deleted',
      deletedBecause: 'expired',
    });
    for (const again of [await end(id, 'redeem', {}, key), await end(id, 'redeem'), await end(id, 'delete')]) {
      expect([again.status, again.json.code]).toEqual([409, 'reward_expired']);
    }
  });

  it('asked for again with the same key are the same reward, byte for byte, held once', async () => {
    const { issue, end, shows } = await fresh();
    const first = await issue({}, 'key-1');
    const again = await issue({}, 'key-1');
    expect([again.status, again.text]).toEqual([201, first.text]);
    const ended = await end(first.json.id, 'redeem', {}, 'key-2');
    expect((await end(first.json.id, 'redeem', {}, 'key-2')).text).toBe(ended.text);
    expect((await issue({}, 'key-1')).text).toBe(first.text);
    expect(await shows()).toEqual([10, 5]);
    expect((await issue({ points: 9 }, 'key-1')).json.code).toBe('idempotency_key_reused');
  });

  it('are kept apart from the answers: a key whose answer is forgotten issues no second one', async () => {
    const { orgId, issue, shows } = await fresh();
    const first = await issue({}, 'key-1');
    await api.database.superuser.query('delete from identity.idempotency_keys where org_id = $1', [orgId]);
    expect((await issue({}, 'key-1')).json.id).toBe(first.json.id);
    expect(await shows()).toEqual([10, 15]);
  });

  it.each([
    [{ points: 21 }, 422, 'not_enough_points'],
    [{ basketMinor: 9 }, 422, 'exceeds_basket_share'],
    [{ currency: 'EUR' }, 422, 'currency_mismatch'],
    [{ walletId: showId('wallet', randomUUID()) }, 404, 'not_found'],
    [{ walletId: 'ann' }, 404, 'not_found'],
    [{ points: '10' }, 422, 'validation_failed'],
    [{ points: -1 }, 422, 'validation_failed'],
    [{ valueMinor: 1000 }, 422, 'validation_failed'],
  ])('are refused for %o, and nothing is held', async (change, status, code) => {
    const merchant = merchants[0] as Merchant;
    const till: Caller = { orgId: merchant.orgId, role: 'operator' };
    const [{ id: walletId }] = (await api.get(till, '/v1/wallets')).json.data;
    const basket = { walletId, points: 10, basketMinor: 1000, currency: 'USD' };
    const answer = await api.post(till, '/v1/rewards', { ...basket, ...change });
    expect([answer.status, answer.json.code]).toEqual([status, code]);
    expect((await api.get(till, '/v1/rewards')).json.data).toHaveLength(1);
  });

  it('S1-072 are neither issued nor ended on a frozen wallet', async () => {
    const { orgId, issue, end } = await fresh();
    const { id } = (await issue()).json;
    await api.database.superuser.query(`update loyalty.wallets set status = 'frozen' where org_id = $1`, [orgId]);
    for (const { status, json } of [await issue(), await end(id, 'redeem'), await end(id, 'delete')]) {
      expect([status, json.code]).toEqual([409, 'wallet_frozen']);
    }
  });

  it('are offered as much as will be issued', async () => {
    const { issue, till, walletId } = await fresh();
    const offer = async (query: string) => (await api.get(till, `/v1/wallets/${walletId}/redeemable?${query}`)).json;
    expect(await offer('basketMinor=1000&currency=USD')).toEqual({
      points: 20,
      valueMinor: 20,
      currency: 'USD',
      refusal: null,
    });
    expect((await offer('basketMinor=7&currency=USD')).points).toBe(7);
    expect((await offer('basketMinor=1000&currency=EUR')).refusal).toBe('currency_mismatch');
    expect((await issue({ points: 20 })).status).toBe(201);
    expect((await offer('basketMinor=1000&currency=USD')).refusal).toBe('not_enough_points');
    for (const query of ['', 'basketMinor=1000', 'basketMinor=0&currency=USD', 'basketMinor=1e3&currency=USD']) {
      expect((await offer(query)).code).toBe('validation_failed');
    }
  });

  it('are found by wallet and status, the newest first', async () => {
    const { issue, end, till, walletId } = await fresh();
    const ids = [];
    for (const points of [1, 2, 3]) ids.unshift((await issue({ points })).json.id);
    await end(ids[1], 'redeem');
    const found = async (query: string) =>
      (await api.get(till, `/v1/rewards?${query}`)).json.data.map(({ id }: { id: string }) => id);
    expect((await found('')).slice(0, 3)).toEqual(ids);
    expect(await found('status=redeemed')).toEqual([ids[1]]);
    expect((await found(`walletId=${walletId}&status=issued`)).slice(0, 2)).toEqual([ids[0], ids[2]]);
    expect(await found(`walletId=${showId('wallet', randomUUID())}`)).toEqual([]);
    for (const query of ['walletId=ann', 'status=lost', `walletId=${ids[0]}`]) {
      expect((await api.get(till, `/v1/rewards?${query}`)).json.code).toBe('validation_failed');
    }
  });
});
