import { ProviderError } from '@tributary/core/provider-error';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import { type SimulatedProvider, simulateSquare } from './providers.fixture.ts';

describe('the tokens of a batch', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });

  async function opened(provider: SimulatedProvider): Promise<Shop> {
    const { tokens, accounts } = await provider.authorize();
    return vault.open({ provider: provider.name, accountRef: accounts[0]?.accountRef ?? '', region: null, tokens });
  }
  const workerOf = (provider: SimulatedProvider) => vault.process({ [provider.name]: provider.oauth });
  const attach = (shop: Shop, credentialId: string | null) =>
    vault.database.superuser.query('update sync.connections set credential_id = $2 where id = $1', [
      shop.connectionId,
      credentialId,
    ]);
  /** How often the database was asked meanwhile. */
  async function lookUps(work: () => Promise<unknown>): Promise<number> {
    const connecting = vi.spyOn(vault.database.worker.pool, 'connect');
    await work();
    const { length } = connecting.mock.calls;
    connecting.mockRestore();
    return length;
  }

  it('are looked up once, however many ask at once and later', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    const { withToken } = workerOf(provider).forBatch();
    const ask = () => Promise.all(Array.from({ length: 5 }, () => withToken(shop, provider.use)));
    expect(await lookUps(ask)).toBe(1);
    expect(await lookUps(ask)).toBe(0);
    expect(await lookUps(() => workerOf(provider).withToken(shop, provider.use))).toBe(1);
  });

  it('are looked up again once the provider refuses one, and are the new ones from then on', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    const { withToken } = workerOf(provider).forBatch();
    const refused = await withToken(shop, async ({ accessToken }) => accessToken);
    const asked: string[] = [];
    const ask = () =>
      withToken(shop, async ({ accessToken }) => {
        asked.push(accessToken === refused ? 'the old' : 'the new');
        if (accessToken === refused) throw new ProviderError('unauthorized', 'provider answered 401', { status: 401 });
      });
    await ask();
    await ask();
    expect(asked).toEqual(['the old', 'the new', 'the new']);
    expect(provider.renewals()).toBe(1);
  });

  it('a connection without any has none for the batch, and is looked up for the next', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    await attach(shop, null);
    const { withToken } = workerOf(provider).forBatch();
    const ask = () => expect(withToken(shop, provider.use)).rejects.toMatchObject({ reason: 'not_connected' });
    await ask();
    expect(await lookUps(ask)).toBe(0);
    await attach(shop, shop.credentialId);
    await workerOf(provider).forBatch().withToken(shop, provider.use);
  });

  it('a database that was away is asked again', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    const { withToken } = workerOf(provider).forBatch();
    const away = vi.spyOn(vault.database.worker.pool, 'connect').mockRejectedValue(new Error('away'));
    await expect(withToken(shop, provider.use)).rejects.toBeDefined();
    away.mockRestore();
    await withToken(shop, provider.use);
  });
});
