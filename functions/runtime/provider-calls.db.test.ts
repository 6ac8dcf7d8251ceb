import { PermanentFailure } from '@tributary/core/errors';
import { createGuardedCall } from '@tributary/providers/fetch/guarded-fetch';
import * as squareAddress from '@tributary/providers/square/address';
import * as squareLimits from '@tributary/providers/square/limits';
import { createSquareOAuth } from '@tributary/providers/square/oauth';
import { createSquareSandbox } from '@tributary/sandbox/square/sandbox';
import { createBudgets, type Limit } from '@tributary/sync/budget/budgets';
import { openVault, type Vault } from '@tributary/sync/credential/credential.fixture';
import { beforeAll, describe, expect, it } from 'vitest';
import * as z from 'zod';
import { createProviderCalls } from './provider-calls.ts';

const apiUrl = 'https://connect.squareup.com';
const hour = 60 * 60_000;
const orders = { method: 'POST', path: 'v2/orders/batch-retrieve', json: { order_ids: ['none'] } } as const;
const locations = { path: 'v2/locations' };

interface Options {
  scopes?: readonly string[];
  limits?: readonly Limit[];
  retriesAfterMs?: readonly number[];
}

describe('asking the provider of a connection', () => {
  let vault: Vault;
  let opened = 0;
  beforeAll(async () => {
    vault = await openVault();
  });

  /** A merchant that granted those scopes, asked with tokens as they are stored. */
  async function open({ scopes, limits = [], retriesAfterMs = [] }: Options = {}) {
    opened += 1;
    const { clock, database } = vault;
    const square = createSquareSandbox({ timeline: clock, seed: `calls ${opened}` });
    const { id: accountRef } = square.merchant();
    const { accessToken, refreshToken, expiresAt } = square.authorize(accountRef, scopes);
    const tokens = { accessToken, refreshToken, accessExpiresAt: expiresAt, refreshExpiresAt: null, scopes: null };
    const shop = await vault.open({ provider: 'square', accountRef, tokens });
    const guard = { fetch: square.fetch, clock: clock.now };
    const pauses: number[] = [];
    const calls = createProviderCalls({
      apis: { square: { apiUrl: () => apiUrl, deniedStatus: 403, retriesAfterMs, ...squareAddress, ...squareLimits } },
      tokens: vault.process({ square: createSquareOAuth({ ...square.registration, guard }) }),
      budgets: createBudgets({ system: database.system, limits: { square: limits }, clock: clock.now }),
      guardedCall: createGuardedCall(guard),
      clock: clock.now,
      pause: async (ms) => {
        pauses.push(ms);
        await clock.advance(ms);
      },
    });
    const { call, take } = calls({ ...shop, provider: 'square' }, 'walk');
    const renewals = () => square.requests().filter(({ path }) => path === '/oauth2/token').length;
    const status = async () => (await vault.lookAt(shop.connectionId)).status;
    return { square, call, take, renewals, status, pauses, accountRef };
  }

  it('keeps what was answered, byte for byte, until somebody takes it', async () => {
    const { square, call, take } = await open();
    await call(locations, z.unknown());
    const { pulls, bytes } = take();
    expect(pulls).toMatchObject([{ request: 'GET v2/locations', fetchedAt: vault.clock.now() }]);
    expect(JSON.parse(Buffer.from(pulls[0]?.body ?? []).toString())).toMatchObject({
      locations: [{ status: 'ACTIVE' }],
    });
    expect(bytes).toBe(square.requests()[0]?.bytes);
    expect(take()).toEqual({ pulls: [], bytes: 0 });
  });

  it('renews no token and gives up no connection for what was not granted to us', async () => {
    const { call, renewals, status } = await open({ scopes: ['MERCHANT_PROFILE_READ'] });
    await expect(call(orders, z.unknown())).rejects.toMatchObject({ kind: 'unauthorized', status: 403 });
    expect([renewals(), await status()]).toEqual([0, 'active']);
    await call(locations, z.unknown());
  });

  it('stops when the merchant has ended our access', async () => {
    const { square, call, status, accountRef } = await open();
    square.merchant(accountRef).revokeApplication();
    await expect(call(locations, z.unknown())).rejects.toThrow(PermanentFailure);
    expect(await status()).toBe('needs_reconnect');
  });

  it('waits for a budget that is spent for a moment, and for no other', async () => {
    const { square, call, pauses } = await open({ limits: [{ scope: 'account', window: 'second', limit: 2 }] });
    for (let question = 0; question < 3; question += 1) await call(locations, z.unknown());
    expect(pauses).toEqual([1000, 1000]);
    square.faults.plan({ fault: 'unavailable', seconds: 3600 });
    await expect(call(locations, z.unknown())).rejects.toMatchObject({ kind: 'unavailable', retryAfterMs: hour });
    const asked = square.requests().length;
    await expect(call(locations, z.unknown())).rejects.toMatchObject({ kind: 'rate_limited' });
    expect(square.requests()).toHaveLength(asked);
  });

  describe('whose questions may be repeated', () => {
    const retriesAfterMs = [1_000, 4_000];

    it('A53: asks again what the edge of the provider refused, ever later and a little at random', async () => {
      const { square, call, pauses } = await open({ retriesAfterMs });
      square.faults.plan({ fault: 'bad_gateway', times: 2 });
      await call(locations, z.unknown());
      expect(square.requests()).toHaveLength(3);
      expect(pauses.map((ms, at) => Math.floor((4 * ms) / (retriesAfterMs[at] ?? 0)))).toEqual([4, 4]);
    });

    it('A53: gives up when the last try fails, too', async () => {
      const { square, call } = await open({ retriesAfterMs });
      square.faults.plan({ fault: 'bad_gateway', times: 4 });
      await expect(call(locations, z.unknown())).rejects.toMatchObject({ kind: 'unavailable', status: 502 });
      expect(square.requests()).toHaveLength(3);
    });

    it.each(['server_error', 'rate_limited_silent', 'unavailable', 'reset', 'html'] as const)(
      'asks once where it is answered by %s: a fault of its own, for how long it says, or no refusal',
      async (fault) => {
        const { square, call, pauses } = await open({ retriesAfterMs });
        square.faults.plan({ fault, times: 3 });
        await expect(call(locations, z.unknown())).rejects.toThrow();
        expect([square.requests().length, pauses]).toEqual([1, []]);
      },
    );

    it('asks once where refusing took long: the time of a run is for those who answer', async () => {
      const { square, call } = await open({ retriesAfterMs });
      const takeLong = () => {
        void vault.clock.advance(11_000);
        return true;
      };
      square.faults.plan({ fault: 'bad_gateway', on: takeLong });
      await expect(call(locations, z.unknown())).rejects.toMatchObject({ status: 502 });
      expect(square.requests()).toHaveLength(1);
    });

    it('takes each try from the budget', async () => {
      const limits = [{ scope: 'account', window: 'second', limit: 1 }] as const;
      const { square, call, pauses } = await open({ retriesAfterMs: [1], limits });
      square.faults.plan({ fault: 'bad_gateway' });
      await call(locations, z.unknown());
      expect(pauses).toHaveLength(2);
    });
  });
});
