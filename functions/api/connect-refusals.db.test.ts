import { randomUUID } from 'node:crypto';
import { codeVerifierOf } from '@tributary/sync/connection/authorization';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Answer, type Api, type Caller, startApi } from './test/api.ts';
import {
  bringBack,
  connectAs,
  connectKey,
  credentialsOf,
  finishAs,
  newAccount,
  newOrganisation,
  type ProviderName,
  type Visit,
} from './test/connecting.ts';

const providers = ['square', 'clover', 'xero'] as const;
const tokenPath = { square: '/oauth2/token', clover: '/oauth/v2/token', xero: '/connect/token' } as const;
const failures = ['server_error', 'rate_limited_seconds', 'reset', 'reset_after_commit', 'html', 'malformed'] as const;
const tenMinutes = 600_000;

describe('what was not authorised connects nothing', () => {
  let api: Api;
  let owner: Caller;
  beforeAll(async () => {
    api = await startApi();
  });
  beforeEach(async () => {
    owner = { orgId: await createOrganization(api.database) };
    api.connecting.queued.length = 0;
  });
  const visitTo = (provider: ProviderName): Visit & { region?: string } => {
    const accounts = [provider === 'xero' ? newOrganisation(api.connecting.xero) : newAccount()];
    return { provider, accounts, ...(provider === 'clover' && { region: 'us' }) };
  };
  const codeOf = ({ status, json }: Answer) => [status, json.code ?? null];
  const expectNothing = async () => {
    expect(await credentialsOf(api, owner)).toEqual([]);
    expect((await api.get(owner, '/v1/connections')).json.data).toEqual([]);
    expect(api.connecting.queued).toEqual([]);
  };
  /** How often a provider was asked to trade a code. */
  const trades = (provider: ProviderName) => {
    const { square, clover, xero } = api.connecting;
    const requests = { square, clover, xero: xero.simulation }[provider].requests();
    return requests.filter(({ path }) => path === tokenPath[provider]).length;
  };

  it.each(providers)('%s: denied there, and the state is used up', async (provider) => {
    const parameters = await bringBack(api, owner, { ...visitTo(provider), denies: true });
    const before = trades(provider);
    expect(codeOf(await finishAs(api, owner, provider, parameters))).toEqual([409, 'authorization_denied']);
    expect(codeOf(await finishAs(api, owner, provider, parameters))).toEqual([409, 'authorization_used']);
    expect(trades(provider)).toBe(before);
    await expectNothing();
    expect((await api.get(owner, '/v1/audit-records')).json.data).toEqual([]);
  });

  it.each(providers)('%s: ten minutes later', async (provider) => {
    const late = await bringBack(api, owner, visitTo(provider));
    await api.connecting.clock.advance(tenMinutes);
    expect(codeOf(await finishAs(api, owner, provider, late))).toEqual([409, 'authorization_expired']);
    await expectNothing();
  });

  it.each(providers)('%s: a code that is not the provider’s', async (provider) => {
    const parameters = await bringBack(api, owner, visitTo(provider));
    const refused = await finishAs(api, owner, provider, { ...parameters, code: randomUUID() });
    expect(codeOf(refused)).toEqual([409, 'authorization_refused']);
    await expectNothing();
  });

  it.each([
    ['another error', { error: 'server_error' }],
    ['no code', {}],
  ])('a redirect with %s', async (_, instead) => {
    const { state = '' } = await bringBack(api, owner, visitTo('square'));
    expect(codeOf(await finishAs(api, owner, 'square', { state, ...instead }))).toEqual([409, 'authorization_refused']);
    await expectNothing();
  });

  it('Clover: a merchant of somebody else written into the redirect', async () => {
    const [mine, theirs] = [visitTo('clover'), visitTo('clover')];
    await connectAs(api, { orgId: await createOrganization(api.database) }, theirs);
    api.connecting.queued.length = 0;
    const parameters = await bringBack(api, owner, mine);
    const [merchant_id = ''] = theirs.accounts ?? [];
    const refused = await finishAs(api, owner, 'clover', { ...parameters, merchant_id });
    expect(codeOf(refused)).toEqual([409, 'authorization_refused']);
    await expectNothing();
  });

  it.each(providers.flatMap((provider) => failures.map((fault) => [provider, fault] as const)))(
    '%s answers with %s',
    async (provider, fault) => {
      const parameters = await bringBack(api, owner, visitTo(provider));
      const on = ({ path }: { path: string }) => path === tokenPath[provider];
      api.connecting[provider].faults.plan({ fault, times: 1, on });
      expect(codeOf(await finishAs(api, owner, provider, parameters))).toEqual([503, 'provider_unavailable']);
      await expectNothing();
    },
  );

  it('without the key service no code is traded', async () => {
    const parameters = await bringBack(api, owner, visitTo('square'));
    api.connecting.kms.disturb({ error: 'KMSInternalException', times: 1 });
    const before = trades('square');
    expect(codeOf(await finishAs(api, owner, 'square', parameters))).toEqual([503, 'unavailable']);
    expect(trades('square')).toBe(before);
    await expectNothing();
  });

  it('a state of a colleague, another organization or provider is as unknown as one that never was, and still good', async () => {
    const parameters = await bringBack(api, owner, visitTo('square'));
    const elsewhere = { orgId: await createOrganization(api.database) };
    const never = { ...parameters, state: Buffer.alloc(32).toString('base64url') };
    const answers = [
      await finishAs(api, { ...owner, role: 'admin' }, 'square', parameters),
      await finishAs(api, elsewhere, 'square', parameters),
      await finishAs(api, owner, 'xero', parameters),
      await finishAs(api, owner, 'square', never),
      await finishAs(api, owner, 'square', { ...parameters, state: `${parameters.state}=` }),
    ];
    const anonymous = ({ status, text, json }: Answer) => [status, text.replace(json.requestId, '')];
    expect(new Set(answers.map((answer) => JSON.stringify(anonymous(answer)))).size).toBe(1);
    expect(codeOf(answers[0] as Answer)).toEqual([409, 'authorization_unknown']);
    await expectNothing();
    expect((await finishAs(api, owner, 'square', parameters)).status).toBe(200);
  });

  it.each(providers)('%s: of twenty who come back with one state one connects', async (provider) => {
    const parameters = await bringBack(api, owner, visitTo(provider));
    const before = trades(provider);
    const answers = await Promise.all(Array.from({ length: 20 }, () => finishAs(api, owner, provider, parameters)));
    const codes = answers.map((answer) => answer.json.code ?? answer.status);
    expect(codes.sort()).toEqual([200, ...Array(19).fill('authorization_used')]);
    expect(trades(provider)).toBe(before + 1);
    expect(await credentialsOf(api, owner)).toHaveLength(1);
  });

  it('twenty times the same request is done once, and answered once it is done', async () => {
    const parameters = await bringBack(api, owner, visitTo('square'));
    const headers = { 'idempotency-key': randomUUID() };
    const same = () => finishAs(api, owner, 'square', parameters, headers);
    const answers = await Promise.all(Array.from({ length: 20 }, same));
    const done = answers.filter(({ status }) => status === 200);
    expect(done.length).toBeGreaterThanOrEqual(1);
    const others = new Set(answers.filter(({ status }) => status !== 200).map(({ json }) => json.code));
    expect(['authorization_used', 'request_in_flight']).toEqual(expect.arrayContaining([...others]));
    const later = await same();
    expect(new Set([...done, later].map(({ text }) => text)).size).toBe(1);
    expect(await credentialsOf(api, owner)).toHaveLength(1);
  });

  it('a key that named another request uses nothing up', async () => {
    const headers = { 'idempotency-key': randomUUID() };
    await api.post(owner, '/v1/reward-rules', { config: { conversionRate: 3 } }, headers);
    const parameters = await bringBack(api, owner, visitTo('square'));
    const refused = await finishAs(api, owner, 'square', parameters, headers);
    expect(codeOf(refused)).toEqual([422, 'idempotency_key_reused']);
    expect((await finishAs(api, owner, 'square', parameters)).status).toBe(200);
  });

  it('no state, code, verifier or token is in a log, an answer, a message or the database', async () => {
    const secrets: string[] = [];
    const answers: Answer[] = [];
    const keep = ({ state = '', code = '' }: Record<string, string>) => {
      secrets.push(state, ...(code === '' ? [] : [code]), codeVerifierOf(connectKey, state));
    };
    for (const provider of providers) {
      for (const denies of [false, true]) {
        const parameters = await bringBack(api, owner, { ...visitTo(provider), denies });
        keep(parameters);
        answers.push(await finishAs(api, owner, provider, parameters));
        answers.push(await finishAs(api, owner, provider, parameters));
        answers.push(await finishAs(api, { ...owner, role: 'admin' }, provider, parameters));
      }
      const parameters = await bringBack(api, owner, visitTo(provider));
      keep(parameters);
      api.connecting[provider].faults.plan({ fault: 'html', times: 1, on: ({ path }) => path === tokenPath[provider] });
      answers.push(await finishAs(api, owner, provider, parameters));
    }
    secrets.push(...(await tokensOf(api, owner)));
    expect(secrets.length).toBe(9 * 2 + 6 + 6);
    const { lines, connecting } = api;
    const told = [lines, connecting.queued, connecting.reports, answers.map(({ text }) => text)];
    const text = JSON.stringify(told) + (await databaseText(api));
    expect(text).toContain(owner.orgId);
    expect(
      secrets.filter((secret) => secret.length < 20 || spellings(secret).some((one) => text.includes(one))),
    ).toEqual([]);
  });
});

/** As text, and as bytes are shown: its own, and those it stands for. */
function spellings(secret: string): string[] {
  return [secret, Buffer.from(secret).toString('hex'), Buffer.from(secret, 'base64url').toString('hex')];
}

/** The tokens that are stored, opened. */
async function tokensOf(api: Api, { orgId }: Caller): Promise<string[]> {
  const sql = `select id, sealed_access_token as access_token, sealed_refresh_token as refresh_token
    from sync.credentials where org_id = $1`;
  const { rows } = await api.database.superuser.query(sql, [orgId]);
  const { envelope } = api.connecting.dependencies;
  const opened = rows.flatMap((row) =>
    ['access_token', 'refresh_token'].map((field) => envelope.open({ orgId, connectionId: row.id, field }, row[field])),
  );
  return Promise.all(opened);
}

/** Every row of every table, as text. */
async function databaseText({ database: { superuser } }: Api): Promise<string> {
  const sql = `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
    where table_type = 'BASE TABLE' and table_schema not in ('pg_catalog', 'information_schema')`;
  const { rows: tables } = await superuser.query(sql);
  const texts = [];
  for (const { name } of tables) {
    const { rows } = await superuser.query(
      `select coalesce(string_agg(to_jsonb(t)::text, ' '), '') as text from ${name} t`,
    );
    texts.push(rows[0].text);
  }
  return texts.join(' ');
}
