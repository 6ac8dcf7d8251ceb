import { withTenant } from '@tributary/db/transaction';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { openVault, type Vault } from './credential.fixture.ts';

describe('a fresh authorisation', () => {
  let vault: Vault;
  beforeAll(async () => {
    vault = await openVault();
  });

  const tokensOf = (name: string) => ({
    accessToken: `canary access ${name}`,
    refreshToken: `canary refresh ${name}`,
    accessExpiresAt: new Date('2026-12-01T00:00:00Z'),
    refreshExpiresAt: null,
    scopes: ['read'],
  });
  let accounts = 0;
  const nextAccount = () => {
    accounts += 1;
    return `M${accounts}`;
  };
  const opened = () => vault.open({ provider: 'xero', accountRef: nextAccount(), tokens: tokensOf('first') });
  const connected = (orgId: string) => vault.connect(orgId, 'xero', nextAccount());

  it('is pending until it is attached, and shows what was asked and granted', async () => {
    const orgId = await createOrganization(vault.database);
    const key = await vault.store({ orgId, provider: 'xero', region: null, tokens: tokensOf('one') });
    const row = await vault.look(key);
    expect(row).toMatchObject({
      status: 'pending',
      version: 1,
      scopes_asked: ['all'],
      scopes_granted: ['read'],
      refreshed_at: vault.clock.now(),
    });
    expect(JSON.stringify(row)).not.toContain('canary');
    const connectionId = await connected(orgId);
    await vault.attach(key, connectionId);
    expect(await vault.look(key)).toMatchObject({ status: 'active' });
    expect(await vault.lookAt(connectionId)).toMatchObject({
      status: 'active',
      credential_id: key.credentialId,
      next_run_at: vault.clock.now(),
    });
  });

  it('reconnecting keeps the connection and retires the credential that no other connection uses', async () => {
    const shop = await opened();
    const sister = await connected(shop.orgId);
    await vault.attach(shop, sister);
    await vault.database.superuser.query(
      `update sync.connections set status = 'needs_reconnect', next_run_at = null, failures = 7 where id = $1`,
      [shop.connectionId],
    );
    const next = await vault.store({ orgId: shop.orgId, provider: 'xero', tokens: tokensOf('next') });
    await vault.attach(next, shop.connectionId);
    expect(await vault.lookAt(shop.connectionId)).toMatchObject({ status: 'active', failures: 0 });
    expect(await vault.look(shop)).toMatchObject({ status: 'active' });
    await vault.attach(next, sister);
    expect(await vault.look(shop)).toMatchObject({ status: 'revoking' });
    await vault.attach(next, sister);
    expect(await vault.look(next)).toMatchObject({ status: 'active' });
  });

  it.each(['revoking', 'erased', 'needs_reconnect'])('is attached to nothing once it is %s', async (status) => {
    const shop = await opened();
    const other = await connected(shop.orgId);
    await vault.database.superuser.query(
      `update sync.credentials set status = $2, sealed_access_token = null, sealed_refresh_token = null where id = $1`,
      [shop.credentialId, status],
    );
    await expect(vault.attach(shop, other)).rejects.toMatchObject({ code: 'conflict' });
    expect(await vault.lookAt(other)).toMatchObject({ credential_id: null });
  });

  it('is attached to no connection that was ended, of another provider or of another organization, and then to none', async () => {
    const shop = await opened();
    const [mine, ended] = [await connected(shop.orgId), await connected(shop.orgId)];
    await vault.database.superuser.query(
      `update sync.connections set status = 'disconnected', disconnected_at = now() where id = $1`,
      [ended],
    );
    const square = await vault.connect(shop.orgId, 'square', 'MLSQUARE');
    const theirs = await connected(await createOrganization(vault.database));
    for (const wrong of [ended, square, theirs]) {
      const attached = vault.attach(shop, mine, wrong);
      await expect(attached).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await vault.lookAt(mine)).toMatchObject({ credential_id: null });
  });

  it('the browser’s login reads what it may show, and no sealed token', async () => {
    const shop = await opened();
    const read = (columns: string) =>
      withTenant({ database: vault.database.api, orgId: shop.orgId }, (tx) =>
        tx.query(`select ${columns} from sync.credentials`),
      );
    expect(await read('status, scopes_granted')).toHaveLength(1);
    await expect(read('sealed_refresh_token')).rejects.toMatchObject({ code: '42501' });
  });
});
