import { randomUUID } from 'node:crypto';
import { showId } from '@tributary/core/ids';
import { type Transaction, withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { attachCredential } from '../credential/attach-credential.ts';
import { newCredentialId, storeCredential } from '../credential/store-credential.ts';
import { connect, disconnect } from './connect.ts';
import { endConnection } from './end-connection.ts';

describe('connections', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const system = <T>(work: (tx: Transaction) => Promise<T>) => withSystem(database.system, work);

  async function connected(accountRef: string = randomUUID()) {
    const orgId = await createOrganization(database);
    const account = { orgId, provider: 'square' as const, accountRef };
    const { connectionId } = await system((tx) => connect(tx, account));
    return { ...account, connectionId };
  }
  const look = async ({ connectionId }: { connectionId: string }) => {
    const { rows } = await database.superuser.query(
      `select c.status, c.next_run_at is not null as due, r.active as routed from sync.connections c
       join sync.routes r on r.connection_id = c.id where c.id = $1`,
      [connectionId],
    );
    return rows[0];
  };

  it('S1-032 connect routes the account to the organization, again without effect', async () => {
    const shop = await connected();
    expect(
      await system((tx) => connect(tx, { orgId: shop.orgId, provider: 'square', accountRef: shop.accountRef })),
    ).toEqual({
      connectionId: shop.connectionId,
    });
    expect(await look(shop)).toEqual({ status: 'active', due: false, routed: true });
  });

  it('S1-038 an account feeds one organization; whoever comes second is refused and leaves nothing', async () => {
    const shop = await connected();
    const orgId = await createOrganization(database);
    const second = system((tx) => connect(tx, { orgId, provider: 'square', accountRef: shop.accountRef }));
    await expect(second).rejects.toMatchObject({ code: 'account_already_connected' });
    const { rows } = await database.superuser.query('select 1 from sync.connections where org_id = $1', [orgId]);
    expect(rows).toEqual([]);
  });

  it('refuses an organization that is not there', async () => {
    const nowhere = system((tx) => connect(tx, { orgId: randomUUID(), provider: 'square', accountRef: 'x' }));
    await expect(nowhere).rejects.toMatchObject({ code: 'not_found' });
  });

  it('S1-040 disconnect stops the runs and the route; reconnect keeps the connection', async () => {
    const shop = await connected();
    await system((tx) =>
      tx.query('update sync.connections set next_run_at = now() where id = $1', [shop.connectionId]),
    );
    expect(await look(shop)).toMatchObject({ due: true });
    await system((tx) => disconnect(tx, { ...ids(shop), at: new Date() }));
    await system((tx) => disconnect(tx, { ...ids(shop), at: new Date() }));
    expect(await look(shop)).toEqual({ status: 'disconnected', due: false, routed: false });
    const again = await system((tx) =>
      connect(tx, { orgId: shop.orgId, provider: 'square', accountRef: shop.accountRef }),
    );
    expect(again.connectionId).toBe(shop.connectionId);
    expect(await look(shop)).toMatchObject({ status: 'active', routed: true });
  });

  it('a revocation from before the account was connected again ends nothing', async () => {
    const shop = await connected();
    await system((tx) => disconnect(tx, { ...ids(shop), at: new Date(Date.now() - 60_000) }));
    expect(await look(shop)).toMatchObject({ status: 'active', routed: true });
  });

  describe('word of a revocation that is late', () => {
    const minute = 60_000;
    const now = Date.now();
    const ago = (minutes: number) => new Date(now - minutes * minute);

    /** As whoever connects does: the account, then what was authorised just now. */
    async function authorize({ orgId, accountRef }: Awaited<ReturnType<typeof connected>>, at: Date) {
      const credentialId = await newCredentialId(database.system);
      const access = { sealedAccessToken: { v: 2 }, sealedRefreshToken: null, accessExpiresAt: null };
      const tokens = { ...access, refreshExpiresAt: null, scopes: null };
      const asked = { provider: 'square', region: null, scopesAsked: [] } as const;
      await system(async (tx) => {
        await storeCredential(tx, { orgId, credentialId, ...asked, tokens, at });
        const { connectionId } = await connect(tx, { orgId, provider: 'square', accountRef });
        await attachCredential(tx, { orgId, credentialId, connectionIds: [connectionId], at });
      });
    }
    const revoked = (shop: { orgId: string; connectionId: string }, at: Date) =>
      system((tx) => disconnect(tx, { ...ids(shop), at }));
    async function openedAnHourAgo() {
      const shop = await connected();
      await authorize(shop, ago(60));
      await database.superuser.query('update sync.connections set connected_at = $2 where id = $1', [
        shop.connectionId,
        ago(60),
      ]);
      return shop;
    }

    it('ends the authorisation it is about', async () => {
      const shop = await openedAnHourAgo();
      await revoked(shop, ago(10));
      expect(await look(shop)).toMatchObject({ status: 'disconnected', routed: false });
    });

    it('ends nothing when the account was authorised anew meanwhile, but the next one does', async () => {
      const shop = await openedAnHourAgo();
      await authorize(shop, ago(5));
      await revoked(shop, ago(10));
      expect(await look(shop)).toMatchObject({ status: 'active', due: true, routed: true });
      await revoked(shop, ago(1));
      expect(await look(shop)).toMatchObject({ status: 'disconnected', routed: false });
    });

    it('is not somebody who ends the connection by hand, though their clock is behind the one that saw it authorised', async () => {
      const shop = await openedAnHourAgo();
      await authorize(shop, ago(-5));
      await withTenant({ database: database.api, orgId: shop.orgId }, (tx) =>
        endConnection(
          { tx, actor: 'somebody', now: ago(0) },
          { connectionId: showId('connection', shop.connectionId) },
        ),
      );
      expect(await look(shop)).toMatchObject({ status: 'disconnected', routed: false });
    });

    it('ends nothing when it comes once more after it was heard and the account was authorised anew', async () => {
      const shop = await openedAnHourAgo();
      await revoked(shop, ago(10));
      await authorize(shop, ago(5));
      await revoked(shop, ago(10));
      expect(await look(shop)).toMatchObject({ status: 'active', due: true, routed: true });
    });
  });

  it('an account that was let go may go to another organization', async () => {
    const shop = await connected();
    await system((tx) => disconnect(tx, { ...ids(shop), at: new Date() }));
    const next = await connected(shop.accountRef);
    expect(await look(next)).toMatchObject({ status: 'active', routed: true });
  });

  it('an organization can end its own connection and nobody else’s', async () => {
    const [mine, theirs] = [await connected(), await connected()];
    await withTenant({ database: database.worker, orgId: mine.orgId }, async (tx) => {
      await disconnect(tx, { ...ids(theirs), at: new Date() });
      await disconnect(tx, { ...ids(mine), at: new Date() });
    });
    expect(await look(theirs)).toMatchObject({ status: 'active', routed: true });
    expect(await look(mine)).toMatchObject({ status: 'disconnected', routed: false });
  });
});

const ids = ({ orgId, connectionId }: { orgId: string; connectionId: string }) => ({ orgId, connectionId });
