import { ProviderError } from '@tributary/core/provider-error';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import { type SilentProvider, simulateClover, simulateXero } from './providers.fixture.ts';
import { opened, processOf } from './renewal.fixture.ts';

const hourMs = 60 * 60_000;
const denied = { name: 'ProviderError', kind: 'unauthorized', status: 401 };
const stopped = { name: 'PermanentFailure', reason: 'needs_reconnect' };

describe.each([
  ['Clover', simulateClover],
  ['Xero', simulateXero],
])('a refusal of %s, which does not say whether the token is dead', (_name, simulate) => {
  let vault: Vault;
  let provider: SilentProvider;
  let shop: Shop;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(async () => {
    vault.reports.length = 0;
    provider = simulate(vault.clock);
    ({ shop } = await opened(vault, provider));
  });
  const overreach = (process = processOf(vault, provider)) => process.withToken(shop, provider.overreach);
  const connection = () => vault.lookAt(shop.connectionId);

  it('is of what was not granted when the token still opens the account: nothing is renewed or stopped', async () => {
    for (let times = 0; times < 2; times += 1) await expect(overreach()).rejects.toMatchObject(denied);
    expect(provider.renewals()).toBe(0);
    expect(vault.reports).toEqual([]);
    expect(await connection()).toMatchObject({ status: 'active' });
    await processOf(vault, provider).withToken(shop, provider.use);
  });

  it('of a token that ended before its time is of what was not granted once that is renewed', async () => {
    await vault.clock.advance(2 * hourMs);
    await vault.database.superuser.query('update sync.credentials set access_expires_at = $2 where id = $1', [
      shop.credentialId,
      new Date(vault.clock.now().getTime() + hourMs),
    ]);
    await expect(overreach()).rejects.toMatchObject(denied);
    expect(provider.renewals()).toBe(1);
    expect(await connection()).toMatchObject({ status: 'active' });
    await processOf(vault, provider).withToken(shop, provider.use);
    expect(provider.renewals()).toBe(1);
  });

  it('stops the connection when the account is not opened any more', async () => {
    provider.withdraw(shop.accountRef);
    await expect(overreach()).rejects.toMatchObject(stopped);
    expect(await connection()).toMatchObject({ status: 'needs_reconnect', next_run_at: null });
    expect(vault.reports.filter(({ event }) => event === 'needs_reconnect')).toHaveLength(1);
  });

  it('is held against nobody while the provider does not say', async () => {
    const { oauth } = provider;
    const away = () => Promise.reject(new ProviderError('unavailable', 'away'));
    const process = vault.process({ [provider.name]: { ...oauth, opens: away } });
    await expect(overreach(process)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(provider.renewals()).toBe(0);
    expect(await connection()).toMatchObject({ status: 'active' });
  });
});
