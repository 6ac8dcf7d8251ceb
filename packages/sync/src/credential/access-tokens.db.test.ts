import { ProviderError } from '@tributary/core/provider-error';
import type { OAuthClient } from '@tributary/core/token-set';
import { beforeAll, describe, expect, it } from 'vitest';
import type { Access } from './access-tokens.ts';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import { pause } from './pauses.ts';
import {
  type SimulatedProvider,
  simulateClover,
  simulateSquare,
  simulateXero,
  simulations,
} from './providers.fixture.ts';

const minuteMs = 60_000;
const names = ['square', 'clover', 'xero'] as const;

describe('withToken', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });

  async function opened(provider: SimulatedProvider): Promise<Shop> {
    const { tokens, accounts } = await provider.authorize();
    const { name, region } = provider;
    return vault.open({ provider: name, accountRef: accounts[0]?.accountRef ?? '', region, tokens });
  }
  const workerOf = (provider: SimulatedProvider, oauth: OAuthClient = provider.oauth) =>
    vault.process({ [provider.name]: oauth });
  const expireIn = async ({ credentialId }: Shop, milliseconds: number) => {
    const at = new Date(vault.clock.now().getTime() + milliseconds);
    await vault.database.superuser.query('update sync.credentials set access_expires_at = $2 where id = $1', [
      credentialId,
      at,
    ]);
  };
  const alertsOf = ({ credentialId }: Shop) =>
    vault.reports.filter((report) => report.event === 'needs_reconnect' && report.credentialId === credentialId);
  const refuse = () => Promise.reject(new ProviderError('unauthorized', 'provider answered 401', { status: 401 }));

  it.each(names)('calls %s with the token of the connection, and asks for no other', async (name) => {
    const provider = simulations[name](vault.clock);
    const shop = await opened(provider);
    const seen: Access[] = [];
    await workerOf(provider).withToken(shop, async (access) => {
      seen.push(access);
      await provider.use(access);
    });
    expect(seen).toMatchObject([{ provider: name, accountRef: shop.accountRef, region: provider.region }]);
    expect(provider.renewals()).toBe(0);
  });

  it.each([
    ['long before it ends', 2 * minuteMs + 1, 0],
    ['two minutes before it ends', 2 * minuteMs, 1],
    ['after it ended', -minuteMs, 1],
  ])('%s, the token is renewed as needed', async (_when, leftMs, renewals) => {
    const provider = simulateXero(vault.clock);
    const shop = await opened(provider);
    await expireIn(shop, leftMs);
    await workerOf(provider).withToken(shop, provider.use);
    expect(provider.renewals()).toBe(renewals);
    expect(await vault.look(shop)).toMatchObject({ version: 1 + renewals, lease: null, leased_until: null });
  });

  it.each(names)(
    'F18 50 workers that need %s at once ask it to renew once, in each of 20 rounds',
    async (name) => {
      const provider = simulations[name](vault.clock);
      const shop = await opened(provider);
      const envelope = vault.envelope();
      let gate = Promise.withResolvers<void>();
      let arrived = 0;
      // The provider answers when each has asked it or waits for one that has.
      const arrive = () => {
        arrived += 1;
        if (arrived === 50) gate.resolve();
        return gate.promise;
      };
      const waitInTurn = (milliseconds: number) => (arrived < 50 ? arrive() : pause(milliseconds));
      const refresh: OAuthClient['refresh'] = (request) => arrive().then(() => provider.oauth.refresh(request));
      const oauth = { [name]: { ...provider.oauth, refresh } };
      const workers = Array.from({ length: 50 }, () => vault.process(oauth, { envelope, pause: waitInTurn }));
      for (let round = 1; round <= 20; round += 1) {
        await expireIn(shop, -minuteMs);
        gate = Promise.withResolvers();
        arrived = 0;
        const used = await Promise.all(workers.map(({ withToken }) => withToken(shop, async (access) => access)));
        expect(new Set(used.map(({ accessToken }) => accessToken)).size).toBe(1);
        await provider.use(used[0] as Access);
        expect(provider.renewals()).toBe(round);
        expect(await vault.look(shop)).toMatchObject({ version: 1 + round, lease: null });
      }
    },
    60_000,
  );

  it('renews once and calls once more when the provider refuses the token', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    const tokens: string[] = [];
    const answer = await workerOf(provider).withToken(shop, async ({ accessToken }) => {
      tokens.push(accessToken);
      return tokens.length === 1 ? refuse() : 'let in';
    });
    expect(answer).toBe('let in');
    expect(new Set(tokens).size).toBe(2);
    expect(provider.renewals()).toBe(1);
    expect(await vault.lookAt(shop.connectionId)).toMatchObject({ status: 'active' });
  });

  it('does not renew what another has renewed while the provider refused it', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    const other = workerOf(provider);
    let calls = 0;
    await workerOf(provider).withToken(shop, async (access) => {
      calls += 1;
      if (calls > 1) return provider.use(access);
      await other.withToken(shop, (theirs) =>
        theirs.accessToken === access.accessToken ? refuse() : Promise.resolve(),
      );
      return refuse();
    });
    expect([calls, provider.renewals()]).toEqual([2, 1]);
  });

  it('stops the connection alone when a fresh token is refused too, and tells it once', async () => {
    const provider = simulateXero(vault.clock);
    const { tokens, accounts } = await provider.authorize();
    const [one, two] = accounts.map(({ accountRef }) => accountRef) as [string, string];
    const shop = await vault.open({ provider: 'xero', accountRef: one, tokens });
    const sister = await vault.connect(shop.orgId, 'xero', two);
    await vault.attach(shop, sister);
    provider.withdraw(one);
    const worker = workerOf(provider);
    const stopped = { name: 'PermanentFailure', reason: 'needs_reconnect' };
    await expect(worker.withToken(shop, provider.use)).rejects.toMatchObject(stopped);
    const asked = provider.renewals();
    await expect(worker.withToken(shop, provider.use)).rejects.toMatchObject(stopped);
    expect(provider.renewals()).toBe(asked);
    expect(await vault.lookAt(shop.connectionId)).toMatchObject({ status: 'needs_reconnect', next_run_at: null });
    expect(alertsOf(shop)).toMatchObject([{ level: 'ERROR', connectionId: shop.connectionId }]);
    await worker.withToken({ orgId: shop.orgId, connectionId: sister }, provider.use);
    expect(await vault.look(shop)).toMatchObject({ status: 'active' });
  });

  it('hands on whatever else the call throws, and renews nothing for it', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    for (const error of [new ProviderError('rate_limited', 'busy', { status: 429 }), new Error('of the caller')]) {
      await expect(workerOf(provider).withToken(shop, () => Promise.reject(error))).rejects.toBe(error);
    }
    expect(provider.renewals()).toBe(0);
  });

  it('uses a token that still works when it cannot be renewed, and none that does not', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    provider.disturbRenewal('server_error', 2);
    await expireIn(shop, minuteMs);
    await workerOf(provider).withToken(shop, provider.use);
    await expireIn(shop, 0);
    await expect(workerOf(provider).withToken(shop, provider.use)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(provider.renewals()).toBe(2);
    expect(await vault.look(shop)).toMatchObject({ status: 'active', version: 1, lease: null });
  });

  it.each<[string, string, (shop: Shop) => Promise<unknown>]>([
    ['a connection without a credential', 'not_connected', (shop) => set(shop, 'credential_id = null')],
    [
      'a connection that was ended',
      'not_connected',
      (shop) => set(shop, `status = 'disconnected', disconnected_at = now(), next_run_at = null`),
    ],
    ['a credential that is to end', 'not_connected', (shop) => setCredential(shop, `status = 'revoking'`)],
    [
      'a credential that was erased',
      'not_connected',
      (shop) =>
        setCredential(
          shop,
          `status = 'erased', sealed_access_token = null, sealed_refresh_token = null, former_refresh_token = null`,
        ),
    ],
    ['a connection that needs a person', 'needs_reconnect', (shop) => set(shop, `status = 'needs_reconnect'`)],
    [
      'a credential that needs a person',
      'needs_reconnect',
      (shop) => setCredential(shop, `status = 'needs_reconnect'`),
    ],
  ])('refuses %s as %s, and asks nobody', async (_what, reason, spoil) => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    await spoil(shop);
    const call = workerOf(provider).withToken(shop, () => expect.fail('it was called'));
    await expect(call).rejects.toMatchObject({ name: 'PermanentFailure', reason });
    expect(provider.renewals()).toBe(0);
  });

  it('knows no connection of another organization', async () => {
    const provider = simulateSquare(vault.clock);
    const mine = await opened(provider);
    const stranger = { orgId: (await opened(simulateClover(vault.clock))).orgId, connectionId: mine.connectionId };
    const call = workerOf(provider).withToken(stranger, () => expect.fail('it was called'));
    await expect(call).rejects.toMatchObject({ reason: 'not_connected' });
  });

  const set = ({ connectionId }: Shop, change: string) =>
    vault.database.superuser.query(`update sync.connections set ${change} where id = $1`, [connectionId]);
  const setCredential = ({ credentialId }: Shop, change: string) =>
    vault.database.superuser.query(`update sync.credentials set ${change} where id = $1`, [credentialId]);
});
