import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { revokeCredential } from '@tributary/sync/credential/revoke-credential';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Api, type Caller, startApi } from './test/api.ts';
import { bringBack, connectAs, credentialsOf, finishAs, newAccount, newOrganisation } from './test/connecting.ts';

const regionOf = { square: null, clover: 'eu', xero: null } as const;
const providers = ['square', 'clover', 'xero'] as const;
const day = 24 * 60 * 60_000;

describe('connecting an account', () => {
  let api: Api;
  let owner: Caller;
  beforeAll(async () => {
    api = await startApi();
  });
  beforeEach(async () => {
    owner = { orgId: await createOrganization(api.database) };
    api.connecting.queued.length = 0;
  });
  const visitTo = (provider: (typeof providers)[number]) => {
    const accounts = [provider === 'xero' ? newOrganisation(api.connecting.xero) : newAccount()];
    const region = regionOf[provider];
    return { provider, accounts, ...(region !== null && { region }) };
  };
  const credentialOf = async (caller: Caller) => (await credentialsOf(api, caller))[0]?.id ?? '';
  /** What the provider makes of the refresh token that is stored. */
  const renewed = async ({ orgId }: Caller, name: (typeof providers)[number]) => {
    const sql = 'select id, sealed_refresh_token as refresh from sync.credentials where org_id = $1';
    const { id, refresh } = (await api.database.superuser.query(sql, [orgId])).rows[0];
    const { envelope, oauth } = api.connecting.dependencies;
    const refreshToken = await envelope.open({ orgId, connectionId: id, field: 'refresh_token' }, refresh);
    const region = regionOf[name];
    return (await oauth[name]?.refresh({ refreshToken, ...(region !== null && { region }) }))?.accessToken;
  };
  const count = async (table: string) => {
    const { rows } = await api.database.superuser.query(`select count(*)::int from ${table} where org_id = $1`, [
      owner.orgId,
    ]);
    return rows[0].count as number;
  };

  it.each(providers)('S1-032 %s: who comes back with a code has an active connection and a first run', async (name) => {
    const visit = visitTo(name);
    const { status, json } = await connectAs(api, owner, visit);
    expect(status).toBe(200);
    expect(json.connections).toMatchObject([
      { provider: name, accountRef: visit.accounts[0], region: regionOf[name], status: 'active', failures: 0 },
    ]);
    const { orgId } = owner;
    const [connection] = json.connections;
    const connectionId = readId('connection', connection.id);
    expect(api.connecting.queued).toEqual([{ kind: 'sync', v: 1, orgId, connectionId, trigger: 'connect' }]);
    expect((await api.get(owner, `/v1/connections/${connection.id}`)).json).toMatchObject({
      ...connection,
      streams: [],
    });
    expect(await credentialsOf(api, owner)).toMatchObject([{ status: 'active', region: regionOf[name], sealed: true }]);
  });

  it.each(providers)('S1-036 %s: its tokens are sealed, and open what they should', async (name) => {
    const visit = visitTo(name);
    await connectAs(api, owner, visit);
    const credentialId = await credentialOf(owner);
    const sql = 'select sealed_access_token as access from sync.credentials where id = $1';
    const { access } = (await api.database.superuser.query(sql, [credentialId])).rows[0];
    const place = { orgId: owner.orgId, connectionId: credentialId, field: 'access_token' };
    expect(await api.connecting.dependencies.envelope.open(place, access)).toMatch(/^\S{20,}$/);
    expect(await renewed(owner, name)).toBeTypeOf('string');
  });

  it('S1-040 connecting again what needs it keeps the connection and erases the tokens from before', async () => {
    const visit = visitTo('square');
    const first = (await connectAs(api, owner, visit)).json.connections[0];
    const { superuser } = api.database;
    const lost = [`update sync.connections set status = 'needs_reconnect', next_run_at = null where org_id = $1`];
    lost.push(`update sync.credentials set status = 'needs_reconnect', reason = 'refresh_refused' where org_id = $1`);
    for (const statement of lost) await superuser.query(statement, [owner.orgId]);
    expect((await api.get(owner, '/v1/connections')).json.data).toMatchObject([
      { id: first.id, status: 'needs_reconnect', reason: 'refresh_refused', nextRunAt: null },
    ]);
    const again = (await connectAs(api, owner, visit)).json.connections[0];
    expect(again).toMatchObject({ id: first.id, status: 'active', reason: null, connectedAt: first.connectedAt });
    expect((await credentialsOf(api, owner)).map(({ status }) => status)).toEqual(['revoking', 'active']);
  });

  it.each([
    ['square', ['PAYMENTS_READ', 'MERCHANT_PROFILE_READ'], ['ORDERS_READ', 'CUSTOMERS_READ']],
    [
      'xero',
      ['offline_access', 'accounting.contacts.read', 'accounting.invoices.read', 'accounting.settings.read'],
      ['accounting.payments.read', 'accounting.banktransactions.read'],
    ],
  ] as const)('%s: what was asked for and not granted is shown', async (provider, scopes, missing) => {
    const { json } = await connectAs(api, owner, { ...visitTo(provider), scopes });
    const { asked, granted, missing: shown } = json.connections[0].scopes;
    expect([...granted].sort()).toEqual([...scopes].sort());
    expect([...shown].sort()).toEqual([...missing].sort());
    expect([...asked].sort()).toEqual([...scopes, ...missing].sort());
  });

  it('Clover says nothing of what it granted, and neither do we', async () => {
    const { json } = await connectAs(api, owner, visitTo('clover'));
    expect(json.connections[0].scopes).toEqual({ asked: [], granted: null, missing: [] });
  });

  it.each([
    ['clover', '?region=eu', 200, 'www.eu.clover.com'],
    ['clover', '?region=us', 200, 'www.clover.com'],
    ['clover', '', 422, 'must be one of: us, eu'],
    ['clover', '?region=la', 422, 'must be one of: us, eu'],
    ['square', '?region=us', 422, 'this provider has no regions'],
    ['amazon', '', 404, undefined],
  ])('%s%s: %i', async (provider, query, status, says) => {
    const answer = await api.get(owner, `/v1/connect/${provider}${query}`);
    expect(answer.status).toBe(status);
    const { authorizeUrl, issues } = answer.json;
    expect(authorizeUrl ? new URL(authorizeUrl).host : issues?.[0].message).toBe(says);
  });

  it('what was begun and is over for a day is forgotten', async () => {
    await api.get(owner, '/v1/connect/square');
    await api.connecting.clock.advance(day);
    await api.get(owner, '/v1/connect/square');
    expect(await count('sync.authorizations')).toBe(2);
    await api.connecting.clock.advance(600_001);
    await api.get(owner, '/v1/connect/square');
    expect(await count('sync.authorizations')).toBe(2);
  });

  it('what was done is in the audit records, by whom', async () => {
    const { json } = await connectAs(api, owner, visitTo('square'));
    const { data } = (await api.get(owner, '/v1/audit-records')).json;
    expect(data).toMatchObject([
      { action: 'connection.connect', actor: 'the-owner', targetId: json.connections[0].id },
      { action: 'connection.authorize', actor: 'the-owner', targetType: 'organization' },
    ]);
  });

  it('S1-038 an account of another organization is refused; the tokens go, and theirs still work', async () => {
    const visit = visitTo('square');
    const { json } = await connectAs(api, owner, visit);
    const second = { orgId: await createOrganization(api.database) };
    const refused = await connectAs(api, second, visit);
    expect([refused.status, refused.json.code]).toEqual([409, 'account_already_connected']);
    const credentialId = await credentialOf(second);
    expect(await credentialsOf(api, second)).toMatchObject([{ status: 'revoking' }]);
    expect(api.connecting.queued.at(-1)).toEqual({ kind: 'revoke', v: 1, orgId: second.orgId, credentialId });
    expect((await api.get(second, '/v1/connections')).json.data).toEqual([]);
    const { worker } = api.database;
    const ending = { ...api.connecting.dependencies, worker };
    expect(await revokeCredential(ending, { orgId: second.orgId, credentialId })).toBe('erased');
    expect((await api.get(owner, '/v1/connections')).json.data).toMatchObject([
      { id: json.connections[0].id, status: 'active' },
    ]);
    expect(await renewed(owner, 'square')).toBeTypeOf('string');
  });

  it('Xero without an organisation is refused, and the tokens go', async () => {
    const { status, json } = await connectAs(api, owner, { provider: 'xero', accounts: [] });
    expect([status, json.code]).toEqual([409, 'no_account_authorized']);
    expect(await credentialsOf(api, owner)).toMatchObject([{ status: 'revoking' }]);
  });

  it('a queue that is away loses nothing: the schedule finds what is due', async () => {
    const { dependencies, reports } = api.connecting;
    const { enqueue } = dependencies;
    dependencies.enqueue = () => Promise.reject(new AppError('unavailable', 'The queue did not take the message.'));
    const { status } = await connectAs(api, owner, visitTo('square')).finally(() => {
      dependencies.enqueue = enqueue;
    });
    expect(status).toBe(200);
    expect(reports.at(-1)).toMatchObject({ level: 'WARN', event: 'connect_not_queued' });
    const sql = 'select next_run_at <= $2 as due from sync.connections where org_id = $1';
    const { rows } = await api.database.superuser.query(sql, [owner.orgId, api.connecting.clock.now()]);
    expect(rows).toEqual([{ due: true }]);
  });

  it('Xero is shown a challenge, and wants what it was made of', async () => {
    const begun = new URL((await api.get(owner, '/v1/connect/xero')).json.authorizeUrl);
    expect(begun.searchParams.get('code_challenge_method')).toBe('S256');
    expect(begun.searchParams.get('code_challenge')).toMatch(/^[A-Za-z0-9_-]{43}$/);
    const parameters = await bringBack(api, owner, visitTo('xero'));
    const { dependencies } = api.connecting;
    const { connectKey } = dependencies;
    dependencies.connectKey = Buffer.alloc(32, 1);
    const { json } = await finishAs(api, owner, 'xero', parameters).finally(() => {
      dependencies.connectKey = connectKey;
    });
    expect(json.code).toBe('authorization_refused');
    expect(await credentialsOf(api, owner)).toEqual([]);
  });
});
