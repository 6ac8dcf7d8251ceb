import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Caller, startApi } from './test/api.ts';
import { connectAs, credentialsOf, newAccount, newOrganisation } from './test/connecting.ts';

describe('the record of who connected an account', () => {
  let api: Api;
  let owner: Caller;
  beforeAll(async () => {
    api = await startApi();
    await sql(`create function public.refuse() returns trigger language plpgsql as $$ begin raise 'refused'; end $$`);
  });
  beforeEach(async () => {
    owner = { orgId: await createOrganization(api.database) };
    api.connecting.queued.length = 0;
  });

  const sql = async (text: string, ...values: unknown[]) => (await api.database.superuser.query(text, values)).rows;
  /** No such row of this organization can be written meanwhile. */
  async function without<Result>(table: string, column: string, value: string, work: () => Promise<Result>) {
    const rows = `new.org_id = '${owner.orgId}' and new.${column} = '${value}'`;
    await sql(`create trigger refused before insert on ${table} for each row when (${rows}) execute function refuse()`);
    return work().finally(() => sql(`drop trigger refused on ${table}`));
  }
  const withoutRecord = <Result>(work: () => Promise<Result>) =>
    without('audit.records', 'action', 'connection.connect', work);
  const connections = () => sql('select status from sync.connections where org_id = $1', owner.orgId);
  const routes = () => sql('select active from sync.routes where org_id = $1', owner.orgId);
  const recorded = async () => {
    const { data } = (await api.get(owner, '/v1/audit-records')).json;
    return data.filter(({ action }: { action: string }) => action === 'connection.connect');
  };

  it('S1-122 without which nothing is connected, and the tokens go', async () => {
    const visit = { provider: 'square', accounts: [newAccount()] } as const;
    const { status } = await withoutRecord(() => connectAs(api, owner, visit));
    expect(status).toBe(500);
    expect([await connections(), await routes(), await recorded()]).toEqual([[], [], []]);
    expect(await credentialsOf(api, owner)).toMatchObject([{ status: 'revoking' }]);
    expect(api.connecting.queued).toMatchObject([{ kind: 'revoke' }]);

    const { json } = await connectAs(api, owner, visit);
    expect(await connections()).toEqual([{ status: 'active' }]);
    const { id, provider, accountRef } = json.connections[0];
    expect(await recorded()).toMatchObject([{ actor: 'the-owner', targetId: id, after: { provider, accountRef } }]);
  });

  it('of several accounts without which none is connected, and which are chosen again', async () => {
    const accounts = [newOrganisation(api.connecting.xero), newOrganisation(api.connecting.xero)];
    const { authorizationId } = (await connectAs(api, owner, { provider: 'xero', accounts })).json;
    const choose = () => api.post(owner, '/v1/connect/xero/choose', { authorizationId, accountRefs: accounts });
    expect((await withoutRecord(choose)).status).toBe(500);
    expect([await connections(), await routes(), await recorded()]).toEqual([[], [], []]);
    expect((await choose()).status).toBe(200);
    expect(await connections()).toEqual([{ status: 'active' }, { status: 'active' }]);
    const refs = (await recorded()).map(({ after }: { after: { accountRef: string } }) => after.accountRef);
    expect(refs.sort()).toEqual(accounts.toSorted());
  });

  it('is there although the answer was lost', async () => {
    const visit = { provider: 'square', accounts: [newAccount()] } as const;
    const lost = () => connectAs(api, owner, visit);
    expect((await without('identity.idempotency_keys', 'operation', 'finishConnect', lost)).status).toBe(500);
    expect(await connections()).toEqual([{ status: 'active' }]);
    expect(await recorded()).toMatchObject([{ actor: 'the-owner', after: { accountRef: visit.accounts[0] } }]);
  });
});
