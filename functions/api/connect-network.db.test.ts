import { randomInt } from 'node:crypto';
import { seedBrands } from '@tributary/affiliate/brand/seed-brands';
import { brandsOf } from '@tributary/providers/affiliate/brands';
import { brands } from '@tributary/providers/affiliate/networks';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Api, type Caller, startApi } from './test/api.ts';
import { awinToken } from './test/connecting.ts';

const stated = { timeZone: 'Europe/London', currency: 'GBP' };

describe('connecting an affiliate network', () => {
  let api: Api;
  beforeAll(async () => {
    api = await startApi();
    await seedBrands(api.database.system, brandsOf(brands));
  });
  const newOwner = async (): Promise<Caller> => ({ orgId: await createOrganization(api.database), role: 'owner' });
  const newPublisher = () => (randomInt(1, 2 ** 40 - 1) % 1e9) + 1;
  const credentialsOf = (publisherId: number) => ({
    accessToken: awinToken(publisherId),
    publisherId: String(publisherId),
    ...stated,
  });
  const connect = (caller: Caller, credentials: object, brand = 'awin') =>
    api.post(caller, `/v1/connect/networks/${brand}/accounts`, { credentials, label: 'Main' });
  const connectionsOf = async (caller: Caller) => (await api.get(caller, '/v1/connections')).json.data;

  it('tries the credentials, keeps them sealed, and queues the first run', async () => {
    const owner = await newOwner();
    const publisherId = newPublisher();
    const { status, json } = await connect(owner, credentialsOf(publisherId));
    expect([status, json.account]).toMatchObject([200, { brand: 'awin', label: 'Main', ...stated }]);
    expect(json.connection).toMatchObject({ provider: 'awin', accountRef: String(publisherId), status: 'active' });
    expect(await connectionsOf(owner)).toMatchObject([{ id: json.connection.id, provider: 'awin' }]);
    expect(api.connecting.queued.at(-1)).toMatchObject({ kind: 'sync', orgId: owner.orgId, trigger: 'connect' });
    const { rows } = await api.database.superuser.query('select * from sync.credentials where org_id = $1', [
      owner.orgId,
    ]);
    expect(rows).toMatchObject([{ provider: 'awin', status: 'active', sealed_refresh_token: null }]);
    expect(JSON.stringify([rows, api.lines])).not.toContain(awinToken(publisherId));
  });

  it('takes a new key for the same account, and keeps the connection', async () => {
    const owner = await newOwner();
    const credentials = credentialsOf(newPublisher());
    const first = await connect(owner, credentials);
    const second = await connect(owner, credentials);
    expect(second.json.connection.id).toBe(first.json.connection.id);
    expect(await connectionsOf(owner)).toHaveLength(1);
  });

  it('S0-033 A54 asks nothing with what cannot be a key, and quotes none of it', async () => {
    const owner = await newOwner();
    const { status, json, text } = await connect(owner, {
      ...credentialsOf(newPublisher()),
      accessToken: 'no key at all',
    });
    expect([status, json.code, json.issues]).toMatchObject([422, 'validation_failed', [{ path: 'accessToken' }]]);
    expect(text).not.toContain('no key at all');
    expect(await connectionsOf(owner)).toEqual([]);
  });

  it('stores nothing of credentials that open nothing', async () => {
    const owner = await newOwner();
    const publisherId = newPublisher();
    const refused = await connect(owner, { ...credentialsOf(publisherId), publisherId: String(publisherId + 1) });
    expect([refused.status, refused.json.code]).toEqual([409, 'credentials_refused']);
    expect(await connectionsOf(owner)).toEqual([]);
    const { rows } = await api.database.superuser.query('select 1 from sync.credentials where org_id = $1', [
      owner.orgId,
    ]);
    expect(rows).toEqual([]);
  });

  it('says that a network gave no usable answer', async () => {
    const owner = await newOwner();
    const publisherId = newPublisher();
    api.connecting.awin(publisherId).faults.plan({ fault: 'server_error' });
    expect((await connect(owner, credentialsOf(publisherId))).json.code).toBe('provider_unavailable');
  });

  it('leaves an account with the organization that has it, and nothing of the key behind', async () => {
    const [one, other] = [await newOwner(), await newOwner()];
    const credentials = credentialsOf(newPublisher());
    await connect(one, credentials);
    expect((await connect(other, credentials)).json.code).toBe('account_already_connected');
    expect(await connectionsOf(other)).toEqual([]);
    const { rows } = await api.database.superuser.query('select status from sync.credentials where org_id = $1', [
      other.orgId,
    ]);
    expect(rows).toEqual([{ status: 'revoking' }]);
  });

  it.each(['nowhere', 'square', 'constructor'])('knows no network %s', async (brand) => {
    expect((await connect(await newOwner(), {}, brand)).status).toBe(404);
  });
});
