import { ProviderError } from '@tributary/core/provider-error';
import type { OAuthClient } from '@tributary/core/token-set';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import { findDue } from './find-due.ts';
import { type SimulatedProvider, simulateSquare } from './providers.fixture.ts';
import { renewCredential } from './renew-credential.ts';
import { revokeCredential } from './revoke-credential.ts';

const minuteMs = 60_000;
const dayMs = 24 * 60 * minuteMs;

describe('a credential that fails', () => {
  let vault: Vault;
  let provider: SimulatedProvider;
  let failing: Set<string>;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(async () => {
    provider = simulateSquare(vault.clock);
    failing = new Set();
    await vault.database.superuser.query('update sync.connections set credential_id = null');
    await vault.database.superuser.query('delete from sync.credentials');
  });

  let accounts = 0;
  async function opened({ fails = false } = {}): Promise<Shop> {
    accounts += 1;
    const { tokens } = await provider.authorize();
    // The provider knows one merchant, and gives each authorisation a refresh token of its own.
    if (fails) failing.add(tokens.refreshToken ?? '');
    return vault.open({ provider: 'square', accountRef: `account ${accounts}`, tokens });
  }
  const away = () => Promise.reject(new ProviderError('unavailable', 'away'));
  const process = (revoke: OAuthClient['revoke'] = away) => {
    const refresh: OAuthClient['refresh'] = (request) =>
      failing.has(request.refreshToken) ? away() : provider.oauth.refresh(request);
    const { renewal } = provider.oauth;
    const held = vault.process({ square: { ...provider.oauth, refresh, revoke, renewal } });
    return { ...held, system: vault.database.system };
  };
  const due = (atMost = 100) =>
    findDue(vault.database.system, {
      now: vault.clock.now(),
      renewal: { square: provider.oauth.renewal },
      atMost,
    });
  /** What the schedule does each minute, as far as the names of what it found. */
  async function look(atMost?: number): Promise<string[]> {
    const found = await due(atMost);
    for (const { kind, ...key } of found)
      await (kind === 'renew' ? renewCredential(process(), key) : revokeCredential(process(), key)).catch(() => null);
    return found.map(({ credentialId }) => credentialId);
  }
  /** In how many minutes each look found something, of so many found. */
  async function waits(count: number): Promise<number[]> {
    const waited: number[] = [];
    let minutes = 0;
    for (let found = 0; found < count; ) {
      if ((await look()).length > 0) {
        waited.push(minutes);
        minutes = 0;
        found += 1;
      }
      await vault.clock.advance(minuteMs);
      minutes += 1;
    }
    return waited;
  }
  const end = ({ connectionId }: Shop) =>
    vault.database.superuser.query(
      `with ended as (
         update sync.connections set status = 'disconnected', disconnected_at = $2, next_run_at = null where id = $1 returning id
       )
       update sync.routes set active = false where connection_id in (select id from ended)`,
      [connectionId, vault.clock.now()],
    );

  it('to be renewed keeps none waiting that has not failed, however much longer it is due', async () => {
    const failed = [await opened({ fails: true }), await opened({ fails: true })];
    await vault.clock.advance(minuteMs);
    const good = await opened();
    await vault.clock.advance(6 * dayMs);
    expect(await look(2)).toEqual(failed.map(({ credentialId }) => credentialId));
    await vault.clock.advance(minuteMs);
    expect(await look(1)).toEqual([good.credentialId]);
    expect(await vault.look(good)).toMatchObject({ version: 2, failures: 0, retry_at: null });
    expect((await look()).toSorted()).toEqual(failed.map(({ credentialId }) => credentialId).toSorted());
  });

  it('to be renewed is found ever later, an hour at most, until it is renewed', async () => {
    const shop = await opened({ fails: true });
    await vault.clock.advance(6 * dayMs);
    expect(await waits(9)).toEqual([0, 1, 2, 4, 8, 16, 32, 60, 60]);
    expect(await vault.look(shop)).toMatchObject({ failures: 9, version: 1, status: 'active' });
    failing.clear();
    expect(await waits(1)).toEqual([59]);
    expect(await vault.look(shop)).toMatchObject({ failures: 0, retry_at: null, version: 2 });
    expect(await due()).toEqual([]);
  });

  it('is not asked for by word that comes before its time, as from a queue, but by whoever needs it', async () => {
    const shop = await opened({ fails: true });
    await vault.clock.advance(6 * dayMs);
    await expect(renewCredential(process(), shop)).rejects.toMatchObject({ kind: 'unavailable' });
    failing.clear();
    expect(await renewCredential(process(), shop)).toBe('skipped');
    expect(provider.renewals()).toBe(0);
    await vault.clock.advance(25 * dayMs);
    await process().withToken(shop, provider.use);
    expect(await vault.look(shop)).toMatchObject({ failures: 0, retry_at: null, version: 2 });
  });

  it('to be ended is found ever later, too, and keeps none waiting', async () => {
    const shop = await opened();
    await end(shop);
    expect(await waits(5)).toEqual([0, 1, 2, 4, 8]);
    const next = await opened();
    await vault.database.superuser.query(`update sync.credentials set status = 'revoking' where id = $1`, [
      next.credentialId,
    ]);
    await vault.clock.advance(dayMs / 2);
    expect((await due(1)).map(({ credentialId }) => credentialId)).toEqual([next.credentialId]);
  });
});
