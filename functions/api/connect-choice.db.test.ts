import { findDue } from '@tributary/sync/credential/find-due';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Caller, startApi } from './test/api.ts';
import { connectAs, credentialsOf, newOrganisation } from './test/connecting.ts';

const day = 24 * 60 * 60_000;

describe('of several Xero organisations', () => {
  let api: Api;
  let owner: Caller;
  let accounts: [string, string];
  beforeAll(async () => {
    api = await startApi();
  });
  beforeEach(async () => {
    owner = { orgId: await createOrganization(api.database) };
    api.connecting.queued.length = 0;
    accounts = [newOrganisation(api.connecting.xero), newOrganisation(api.connecting.xero)];
  });
  const connections = async () => (await api.get(owner, '/v1/connections')).json.data;
  const offered = async () => (await connectAs(api, owner, { provider: 'xero', accounts })).json;
  const choose = (by: Caller, authorizationId: string, ...accountRefs: string[]) =>
    api.post(by, '/v1/connect/xero/choose', { authorizationId, accountRefs });

  it('those just authorised are named, and none is connected', async () => {
    const { choices } = await offered();
    expect(choices.map(({ accountRef }: { accountRef: string }) => accountRef).sort()).toEqual(accounts.toSorted());
    expect(choices[0].name).toMatch(/^Books \d+$/);
    expect(await connections()).toEqual([]);
    expect(await credentialsOf(api, owner)).toMatchObject([{ status: 'pending' }]);
    expect(api.connecting.queued).toEqual([]);
  });

  it('the chosen one is connected by its name; the other may follow within the day', async () => {
    const { authorizationId } = await offered();
    const first = await choose(owner, authorizationId, accounts[0]);
    expect(first.json.connections).toMatchObject([{ accountRef: accounts[0], status: 'active' }]);
    expect(first.json.connections[0].name).toMatch(/^Books \d+$/);
    await api.connecting.clock.advance(day - 1);
    expect((await choose(owner, authorizationId, ...accounts)).json.connections).toHaveLength(2);
    expect(await credentialsOf(api, owner)).toMatchObject([{ status: 'active' }]);
  });

  it('a day later nothing can be chosen, and the tokens are found to be erased', async () => {
    const { authorizationId } = await offered();
    await api.connecting.clock.advance(day);
    const { status, json } = await choose(owner, authorizationId, accounts[0]);
    expect([status, json.code]).toEqual([409, 'authorization_expired']);
    const due = await findDue(api.database.system, { now: api.connecting.clock.now(), renewal: {}, atMost: 1000 });
    expect(due.filter(({ orgId }) => orgId === owner.orgId)).toMatchObject([{ kind: 'revoke' }]);
  });

  it('nobody else can choose, and nothing else can be chosen', async () => {
    const { authorizationId } = await offered();
    const colleague: Caller = { ...owner, role: 'admin' };
    const others = { orgId: await createOrganization(api.database) };
    const altered = Buffer.from(authorizationId, 'base64url');
    altered[40] = (altered[40] as number) ^ 1;
    const codes = [
      await choose(colleague, authorizationId, accounts[0]),
      await choose(others, authorizationId, accounts[0]),
      await choose(owner, altered.toString('base64url'), accounts[0]),
      await choose(owner, 'x', accounts[0]),
      await choose(owner, authorizationId, accounts[0], newOrganisation(api.connecting.xero)),
    ].map(({ json }) => json.code);
    expect(codes).toEqual([...Array(4).fill('authorization_unknown'), 'validation_failed']);
    expect(await connections()).toEqual([]);
  });

  it('with one that another organization holds none is connected, and the other can be chosen still', async () => {
    const second = { orgId: await createOrganization(api.database) };
    await connectAs(api, second, { provider: 'xero', accounts: [accounts[0]] });
    const { authorizationId } = await offered();
    expect((await choose(owner, authorizationId, ...accounts)).json.code).toBe('account_already_connected');
    expect(await connections()).toEqual([]);
    expect((await choose(owner, authorizationId, accounts[1])).json.connections).toHaveLength(1);
  });
});
