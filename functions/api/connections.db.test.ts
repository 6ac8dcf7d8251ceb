import { randomUUID } from 'node:crypto';
import { readId, showId } from '@tributary/core/ids';
import { revokeCredential } from '@tributary/sync/credential/revoke-credential';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Caller, startApi } from './test/api.ts';
import { connectAs, credentialsOf, newAccount, newOrganisation, type ProviderName } from './test/connecting.ts';

describe('connections', () => {
  let api: Api;
  let owner: Caller;
  beforeAll(async () => {
    api = await startApi();
  });
  beforeEach(async () => {
    owner = { orgId: await createOrganization(api.database) };
    api.connecting.queued.length = 0;
  });
  const connected = async (provider: ProviderName, ...accounts: string[]) => {
    const region = provider === 'clover' ? { region: 'us' } : {};
    const { json } = await connectAs(api, owner, { provider, accounts, ...region });
    api.connecting.queued.length = 0;
    return json.connections[0].id as string;
  };
  const both = async (): Promise<[string, string]> => {
    const accounts = [newOrganisation(api.connecting.xero), newOrganisation(api.connecting.xero)];
    const { json } = await connectAs(api, owner, { provider: 'xero', accounts });
    const { authorizationId } = json;
    const chosen = await api.post(owner, '/v1/connect/xero/choose', { authorizationId, accountRefs: accounts });
    api.connecting.queued.length = 0;
    return chosen.json.connections.map(({ id }: { id: string }) => id);
  };
  const look = async (id: string) => (await api.get(owner, `/v1/connections/${id}`)).json;
  const end = (id: string) => api.delete(owner, `/v1/connections/${id}`);
  const credentialId = async () => (await credentialsOf(api, owner))[0]?.id ?? '';
  const sql = async (text: string, ...values: unknown[]) => (await api.database.superuser.query(text, values)).rows;
  /** What the queue's function does with the word of it. */
  const endAccess = async () => {
    const ending = { ...api.connecting.dependencies, worker: api.database.worker };
    return revokeCredential(ending, { orgId: owner.orgId, credentialId: await credentialId() });
  };
  const auditOf = async (action: string) => {
    const { data } = (await api.get(owner, '/v1/audit-records')).json;
    return data.filter((one: { action: string }) => one.action === action);
  };

  describe('what is shown', () => {
    const addStream = (id: string, location: string, ageSeconds: number | null, status = 'active') =>
      sql(
        `insert into sync.streams (org_id, connection_id, resource, location_ref, status, watermark)
         values ($1, $2, 'payments', $3, $4, now() - make_interval(secs => $5))`,
        ...[owner.orgId, readId('connection', id), location, status, ageSeconds],
      );

    it('the lag is the age of the oldest list that is still pulled', async () => {
      const id = await connected('square', newAccount());
      expect((await look(id)).lagSeconds).toBeNull();
      await addStream(id, 'old', 7200);
      await addStream(id, 'new', 60);
      await addStream(id, 'closed', 999_999, 'ended');
      await addStream(id, 'ahead', -3600);
      expect((await look(id)).lagSeconds).toBeGreaterThanOrEqual(7200);
      expect((await look(id)).lagSeconds).toBeLessThan(7260);
      expect((await api.get(owner, '/v1/connections')).json.data[0].lagSeconds).toBeGreaterThanOrEqual(7200);
      await addStream(id, 'never pulled', null);
      expect((await look(id)).lagSeconds).toBeNull();
    });

    it('a list in which nothing changes is known up to its last walk', async () => {
      const id = await connected('square', newAccount());
      await addStream(id, 'quiet', 999_999);
      await addStream(id, 'empty', null);
      await sql(`update sync.streams set walked_at = now() - interval '90 seconds' where org_id = $1`, owner.orgId);
      expect((await look(id)).lagSeconds).toBeGreaterThanOrEqual(90);
      expect((await look(id)).lagSeconds).toBeLessThan(150);
    });

    it('is never negative, whatever the clock of the provider', async () => {
      const id = await connected('square', newAccount());
      await addStream(id, '', -3600);
      expect((await look(id)).lagSeconds).toBe(0);
    });

    it('lists are shown with their places, each shop by its own', async () => {
      const id = await connected('square', newAccount());
      await addStream(id, 'shop', 60);
      await addStream(id, '', null, 'ended');
      const watermark = expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
      expect((await look(id)).streams).toEqual([
        { resource: 'payments', location: null, status: 'ended', watermark: null, walkedAt: null },
        { resource: 'payments', location: 'shop', status: 'active', watermark, walkedAt: null },
      ]);
    });

    it('S1-039 an account that refuses while the tokens renew says so', async () => {
      const id = await connected('square', newAccount());
      await sql(
        `update sync.connections set status = 'needs_reconnect', next_run_at = null where org_id = $1`,
        owner.orgId,
      );
      expect(await look(id)).toMatchObject({ status: 'needs_reconnect', reason: 'access_refused' });
    });
  });

  describe('a run that somebody wants now', () => {
    const ask = (id: string, headers?: Record<string, string>) =>
      api.post(owner, `/v1/connections/${id}/runs`, {}, headers);

    it('is queued and recorded', async () => {
      const id = await connected('square', newAccount());
      const { status, json } = await ask(id);
      expect([status, json]).toEqual([202, { connectionId: id, trigger: 'operator' }]);
      const { orgId } = owner;
      const connectionId = readId('connection', id);
      expect(api.connecting.queued).toEqual([{ kind: 'sync', v: 1, orgId, connectionId, trigger: 'operator' }]);
      expect(await auditOf('connection.pull')).toMatchObject([{ actor: 'the-owner', targetId: id }]);
    });

    it('is recorded once per key', async () => {
      const id = await connected('square', newAccount());
      const headers = { 'idempotency-key': randomUUID() };
      expect((await ask(id, headers)).text).toBe((await ask(id, headers)).text);
      expect(await auditOf('connection.pull')).toHaveLength(1);
    });

    it.each(['needs_reconnect', 'error'])('is refused while the connection is %s', async (status) => {
      const id = await connected('square', newAccount());
      await sql('update sync.connections set status = $2, next_run_at = null where org_id = $1', owner.orgId, status);
      expect((await ask(id)).json.code).toBe('conflict');
      expect(api.connecting.queued).toEqual([]);
    });

    it('is shown among the others, the newest first', async () => {
      const id = await connected('square', newAccount());
      await sql(
        `insert into sync.runs (org_id, connection_id, trigger, status, reason, pages, bytes, started_at, finished_at)
         values ($1, $2, 'connect', 'partial', 'facts_refused', 3, 5000000000, now(), now())`,
        ...[owner.orgId, readId('connection', id)],
      );
      const { data } = (await api.get(owner, `/v1/connections/${id}/runs`)).json;
      expect(data).toMatchObject([
        { connectionId: id, trigger: 'connect', status: 'partial', reason: 'facts_refused', pages: 3, bytes: 5e9 },
      ]);
    });
  });

  describe('an ended one', () => {
    it.each(['square', 'xero'] as const)(
      '%s: takes nothing in any more, and its access there ends',
      async (provider) => {
        const account = provider === 'xero' ? newOrganisation(api.connecting.xero) : newAccount();
        const id = await connected(provider, account);
        const { status, json } = await end(id);
        expect([status, json.status, json.nextRunAt, json.lagSeconds]).toEqual([200, 'disconnected', null, null]);
        expect(await sql('select active from sync.routes where org_id = $1', owner.orgId)).toEqual([{ active: false }]);
        const { orgId } = owner;
        expect(api.connecting.queued).toEqual([{ kind: 'revoke', v: 1, orgId, credentialId: await credentialId() }]);
        expect(await endAccess()).toBe('erased');
        expect(await credentialsOf(api, owner)).toMatchObject([{ status: 'erased', reason: 'revoked', sealed: false }]);
        expect(await auditOf('connection.disconnect')).toMatchObject([
          { actor: 'the-owner', targetId: id, before: { status: 'active' }, after: { status: 'disconnected' } },
        ]);
      },
    );

    it('at Clover only the merchant can end it; we forget the tokens', async () => {
      await end(await connected('clover', newAccount()));
      expect(await endAccess()).toBe('erased');
      expect(await credentialsOf(api, owner)).toMatchObject([{ reason: 'by_merchant_only', sealed: false }]);
    });

    it('of two at Xero leaves the other its access', async () => {
      const [one, other] = await both();
      await end(one);
      expect(await endAccess()).toBe('in_use');
      expect(await look(other)).toMatchObject({ status: 'active' });
      expect(await credentialsOf(api, owner)).toMatchObject([{ status: 'active', sealed: true }]);
      await end(other);
      expect(await endAccess()).toBe('erased');
    });

    it('ending it again changes nothing and is recorded once', async () => {
      const id = await connected('square', newAccount());
      const { json } = await end(id);
      expect((await end(id)).json).toEqual(json);
      expect(await auditOf('connection.disconnect')).toHaveLength(1);
    });

    it('ends although our clock is behind the one that said when it was connected', async () => {
      const id = await connected('square', newAccount());
      await sql(
        `update sync.connections set connected_at = now() + interval '1 minute' where org_id = $1`,
        owner.orgId,
      );
      expect((await end(id)).json.status).toBe('disconnected');
    });

    it('S1-040 connected again it is the same, with what it had', async () => {
      const account = newAccount();
      const id = await connected('square', account);
      await sql(
        `insert into sync.streams (org_id, connection_id, resource, watermark) values ($1, $2, 'payments', now())`,
        ...[owner.orgId, readId('connection', id)],
      );
      await end(id);
      expect(await connected('square', account)).toBe(id);
      const [gone, live] = await credentialsOf(api, owner);
      expect([gone?.status, live?.status]).toEqual(['revoking', 'active']);
      expect(await endAccess()).toBe('erased');
      expect(await look(id)).toMatchObject({
        status: 'active',
        disconnectedAt: null,
        streams: [{ resource: 'payments' }],
      });
      expect(await sql('select active from sync.routes where org_id = $1', owner.orgId)).toEqual([{ active: true }]);
    });

    it('nobody ends one of another organization', async () => {
      const id = await connected('square', newAccount());
      const others = { orgId: await createOrganization(api.database) };
      const { json, text } = await api.delete(others, `/v1/connections/${id}`);
      const unknown = await api.delete(others, `/v1/connections/${showId('connection', randomUUID())}`);
      expect(text.replace(json.requestId, '')).toBe(unknown.text.replace(unknown.json.requestId, ''));
      expect((await look(id)).status).toBe('active');
    });
  });
});
