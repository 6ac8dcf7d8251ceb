import { createCloverOAuth } from '@tributary/providers/clover/oauth';
import { createSquareOAuth } from '@tributary/providers/square/oauth';
import { createXeroOAuth } from '@tributary/providers/xero/oauth';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { openVault, type Shop, type Vault } from './credential.fixture.ts';
import { findDue } from './find-due.ts';
import type { ProviderName } from './providers.fixture.ts';
import type { CredentialKey } from './stored-credential.ts';

const hourMs = 60 * 60_000;
const dayMs = 24 * hourMs;
const application = { clientId: 'application', clientSecret: 'secret' };
const renewal = {
  square: createSquareOAuth(application).renewal,
  clover: createCloverOAuth(application).renewal,
  xero: createXeroOAuth(application).renewal,
};

describe('findDue', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });
  beforeEach(async () => {
    const { superuser } = vault.database;
    await superuser.query('update sync.connections set credential_id = null');
    await superuser.query('delete from sync.credentials');
  });

  let accounts = 0;
  const after = (milliseconds: number) => new Date(vault.clock.now().getTime() + milliseconds);
  async function opened(provider: ProviderName, { accessMs = hourMs, refreshMs = null as number | null } = {}) {
    accounts += 1;
    const tokens = {
      accessToken: 'access',
      refreshToken: 'refresh',
      accessExpiresAt: after(accessMs),
      refreshExpiresAt: refreshMs === null ? null : after(refreshMs),
      scopes: null,
    };
    return vault.open({ provider, accountRef: `account ${accounts}`, tokens });
  }
  const due = (laterMs: number, atMost = 100) =>
    findDue(vault.database.system, { now: after(laterMs), renewal, atMost });
  const asDue = (kind: string, { orgId, credentialId }: CredentialKey) => ({ kind, orgId, credentialId });
  const set = ({ credentialId }: CredentialKey, change: string) =>
    vault.database.superuser.query(`update sync.credentials set ${change} where id = $1`, [credentialId]);
  const end = ({ connectionId }: Shop, at = vault.clock.now()) =>
    vault.database.superuser.query(
      `update sync.connections set status = 'disconnected', disconnected_at = $2, next_run_at = null where id = $1`,
      [connectionId, at],
    );

  it.each<[ProviderName, string, Parameters<typeof opened>[1], number]>([
    ['square', 'six days after it was renewed', { accessMs: 30 * dayMs }, 6 * dayMs],
    ['xero', 'half way to its idle limit', {}, 30 * dayMs],
    ['clover', 'half way through the life of the refresh token', { refreshMs: 40 * dayMs }, 20 * dayMs],
    [
      'clover',
      'a day before a long-lived access token ends',
      { accessMs: 5 * dayMs, refreshMs: 40 * dayMs },
      4 * dayMs,
    ],
  ])('renews %s %s, and not before', async (provider, _when, lives, dueMs) => {
    const shop = await opened(provider, lives);
    expect(await due(dueMs - 1000)).toEqual([]);
    expect(await due(dueMs)).toEqual([asDue('renew', shop)]);
  });

  it.each([
    ['needs a person', `status = 'needs_reconnect'`],
    ['is erased', `status = 'erased', sealed_access_token = null, sealed_refresh_token = null`],
    ['is being renewed', `lease = id, leased_until = now() + interval '1 minute'`],
  ])('leaves alone what %s', async (_what, change) => {
    const shop = await opened('square');
    expect(await due(7 * dayMs)).toHaveLength(1);
    await set(shop, change);
    expect(await due(7 * dayMs)).toEqual([]);
  });

  it('takes up what a worker died with', async () => {
    const shop = await opened('square');
    await set(shop, `lease = id, leased_until = now() - interval '1 second'`);
    expect(await due(7 * dayMs)).toEqual([asDue('renew', shop)]);
  });

  it('ends what is to end, what a connection that was ended still holds, and what nobody chose from for a day', async () => {
    const [revoking, ended] = [await opened('square'), await opened('square')];
    await set(revoking, `status = 'revoking'`);
    await end(ended);
    const orgId = await createOrganization(vault.database);
    const tokens = {
      accessToken: 'a',
      refreshToken: null,
      accessExpiresAt: after(0),
      refreshExpiresAt: null,
      scopes: null,
    };
    const pending = await vault.store({ orgId, provider: 'xero', tokens });
    expect(await due(dayMs - 1000)).toEqual([asDue('revoke', revoking), asDue('revoke', ended)]);
    expect(await due(dayMs)).toEqual([asDue('revoke', revoking), asDue('revoke', pending), asDue('revoke', ended)]);
    expect((await due(100 * dayMs)).map(({ kind }) => kind)).toEqual(['revoke', 'revoke', 'revoke']);
  });

  it('names a credential of several connections once, while one that was ended holds it', async () => {
    const shop = await opened('xero');
    for (const accountRef of ['sister', 'brother']) {
      const connectionId = await vault.connect(shop.orgId, 'xero', accountRef);
      await vault.attach(shop, connectionId);
      await end({ ...shop, connectionId });
    }
    expect(await due(0)).toEqual([asDue('revoke', shop)]);
    expect(await due(31 * dayMs)).toEqual([asDue('renew', shop), asDue('revoke', shop)]);
  });

  it('names the oldest first and no more than asked, of each provider', async () => {
    const squares = [await opened('square'), await opened('square'), await opened('square')];
    const xero = await opened('xero');
    const [youngest, oldest, middle] = squares as [Shop, Shop, Shop];
    for (const [index, shop] of [oldest, middle, youngest].entries())
      await set(shop, `refreshed_at = refreshed_at - interval '${10 - index} days'`);
    await set(xero, `refreshed_at = refreshed_at - interval '31 days'`);
    expect(await due(0)).toEqual([oldest, middle, youngest, xero].map((shop) => asDue('renew', shop)));
    expect(await due(0, 2)).toEqual([oldest, middle, xero].map((shop) => asDue('renew', shop)));
  });
});
