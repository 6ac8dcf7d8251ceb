import { ProviderError } from '@tributary/core/provider-error';
import type { OAuthClient, RevokeRequest } from '@tributary/core/token-set';
import { withSystem } from '@tributary/db/transaction';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { disconnect } from '../connection/connect.ts';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import {
  type SimulatedProvider,
  simulateClover,
  simulateSquare,
  simulateXero,
  simulations,
} from './providers.fixture.ts';
import { revokeCredential } from './revoke-credential.ts';

const hourMs = 60 * 60_000;

describe('ending a credential', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(() => {
    vault.reports.length = 0;
  });

  async function opened(provider: SimulatedProvider): Promise<Shop & { sisterRef: string }> {
    const { tokens, accounts } = await provider.authorize();
    const { name, region } = provider;
    const [accountRef = '', sisterRef = ''] = accounts.map((account) => account.accountRef);
    return { ...(await vault.open({ provider: name, accountRef, region, tokens })), sisterRef };
  }
  const end = ({ orgId, connectionId }: Shop, at = vault.clock.now()) =>
    withSystem(vault.database.system, async (tx) => {
      await tx.query('update sync.connections set connected_at = $2, next_run_at = null where id = $1', [
        connectionId,
        at,
      ]);
      await disconnect(tx, { orgId, connectionId, at });
    });

  /** Ends it with the provider's client, and says what that was asked to revoke. */
  function ending(provider: SimulatedProvider, revoke: OAuthClient['revoke'] = provider.oauth.revoke) {
    const asked: RevokeRequest[] = [];
    const oauth: OAuthClient = {
      ...provider.oauth,
      revoke: (request) => {
        asked.push(request);
        return revoke(request);
      },
    };
    const held = { ...vault.process({ [provider.name]: oauth }), system: vault.database.system };
    return { asked, run: ({ orgId, credentialId }: Shop) => revokeCredential(held, { orgId, credentialId }) };
  }
  const erased = {
    status: 'erased',
    sealed_access_token: null,
    sealed_refresh_token: null,
    former_refresh_token: null,
    lease: null,
  };
  const lives = (provider: SimulatedProvider, { accountRef }: Shop, accessToken: string) =>
    provider.use({ accessToken, accountRef, provider: provider.name, region: provider.region }).then(
      () => true,
      () => false,
    );

  it.each([
    ['square', 'revoked', false],
    ['xero', 'revoked', false],
    ['clover', 'by_merchant_only', true],
  ] as const)('of %s: it is ended there, then erased (%s)', async (name, reason, livesOn) => {
    const provider = simulations[name](vault.clock);
    const shop = await opened(provider);
    await end(shop);
    const { asked, run } = ending(provider);
    expect(await run(shop)).toBe('erased');
    expect(asked).toMatchObject([{ accountRef: shop.accountRef }]);
    expect(await lives(provider, shop, asked[0]?.accessToken ?? '')).toBe(livesOn);
    expect(await vault.look(shop)).toMatchObject({ ...erased, reason, version: 2 });
    expect(await vault.lookAt(shop.connectionId)).toMatchObject({ status: 'disconnected', credential_id: null });
    expect(await run(shop)).toBe('skipped');
    expect(asked).toHaveLength(1);
  });

  it('an access token that has ended is renewed for it', async () => {
    const provider = simulateXero(vault.clock);
    const shop = await opened(provider);
    await vault.clock.advance(hourMs);
    await end(shop);
    expect(await ending(provider).run(shop)).toBe('erased');
    expect(provider.renewals()).toBe(1);
    expect(await vault.look(shop)).toMatchObject({ ...erased, reason: 'revoked' });
  });

  it('what the merchant has ended there is erased, without an alert', async () => {
    const provider = simulateClover(vault.clock);
    const shop = await opened(provider);
    provider.withdraw(shop.accountRef);
    await vault.clock.advance(hourMs);
    await end(shop);
    const { asked, run } = ending(provider);
    expect(await run(shop)).toBe('erased');
    expect(asked).toEqual([]);
    expect(await vault.look(shop)).toMatchObject({ ...erased, reason: 'refused' });
    expect(vault.reports).toMatchObject([{ level: 'INFO', event: 'credential_erased' }]);
  });

  it('one account of several is ended alone, and the others go on', async () => {
    const provider = simulateXero(vault.clock);
    const shop = await opened(provider);
    const sister = {
      ...shop,
      accountRef: shop.sisterRef,
      connectionId: await vault.connect(shop.orgId, 'xero', shop.sisterRef),
    };
    await vault.attach(shop, sister.connectionId);
    await end(shop);
    const { asked, run } = ending(provider);
    expect(await run(shop)).toBe('in_use');
    expect(asked).toHaveLength(1);
    expect(await lives(provider, shop, asked[0]?.accessToken ?? '')).toBe(false);
    await vault.clock.advance(hourMs);
    await vault.process({ xero: provider.oauth }).withToken(sister, provider.use);
    expect(await vault.look(shop)).toMatchObject({ status: 'active' });
    expect(await run(shop)).toBe('in_use');
    expect(asked).toHaveLength(1);
  });

  it('a credential that was replaced is erased only: ending it at Square would end the new one', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    const again = await provider.authorize();
    const next = await vault.store({ orgId: shop.orgId, provider: 'square', tokens: again.tokens });
    await vault.attach(next, shop.connectionId);
    const { asked, run } = ending(provider);
    expect(await run(shop)).toBe('erased');
    expect(asked).toEqual([]);
    await vault.process({ square: provider.oauth }).withToken(shop, provider.use);
  });

  it('an account that another organization has connected since is left to them', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    await end(shop);
    const { tokens } = await provider.authorize();
    const orgId = await createOrganization(vault.database);
    const theirs = await vault.connect(orgId, 'square', shop.accountRef);
    await vault.attach(await vault.store({ orgId, provider: 'square', tokens }), theirs);
    const { asked, run } = ending(provider);
    expect(await run(shop)).toBe('erased');
    expect(asked).toEqual([]);
    await vault.process({ square: provider.oauth }).withToken({ orgId, connectionId: theirs }, provider.use);
  });

  it('a provider that is away is asked again, and after 24 hours the tokens are erased anyway', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    await end(shop);
    const { run } = ending(provider, () => Promise.reject(new ProviderError('unavailable', 'away')));
    await vault.clock.advance(24 * hourMs - 1);
    await expect(run(shop)).rejects.toMatchObject({ kind: 'unavailable' });
    expect(await vault.look(shop)).toMatchObject({ status: 'revoking', version: 1 });
    expect(await vault.lookAt(shop.connectionId)).toMatchObject({ credential_id: shop.credentialId });
    await vault.clock.advance(1);
    expect(await run(shop)).toBe('erased');
    expect(await vault.look(shop)).toMatchObject({ ...erased, reason: 'given_up' });
    expect(vault.reports).toMatchObject([
      { level: 'ERROR', event: 'revocation_given_up', error: 'unavailable' },
      { level: 'INFO', event: 'credential_erased' },
    ]);
  });

  it('what is in use is touched by nobody', async () => {
    const provider = simulateSquare(vault.clock);
    const shop = await opened(provider);
    const before = await vault.look(shop);
    const { asked, run } = ending(provider);
    expect(await run(shop)).toBe('in_use');
    expect(asked).toEqual([]);
    expect(await vault.look(shop)).toEqual(before);
  });

  it('what nobody chose an account of is erased', async () => {
    const provider = simulateXero(vault.clock);
    const { tokens } = await provider.authorize();
    const orgId = await createOrganization(vault.database);
    const pending = await vault.store({ orgId, provider: 'xero', tokens });
    const { asked, run } = ending(provider);
    expect(await run({ ...pending, connectionId: '', accountRef: '' })).toBe('erased');
    expect(asked).toEqual([]);
    expect(await vault.look(pending)).toMatchObject({ ...erased, reason: 'unused' });
  });
});
