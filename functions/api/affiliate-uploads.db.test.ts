import { seedBrands } from '@tributary/affiliate/brand/seed-brands';
import { brandsOf } from '@tributary/providers/affiliate/brands';
import { brands } from '@tributary/providers/affiliate/networks';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { startAffiliateApp } from './test/affiliate-app.ts';

let database: TestDatabase;
let app: Awaited<ReturnType<typeof startAffiliateApp>>;
beforeAll(async () => {
  database = await testDatabase();
  await seedBrands(database.system, brandsOf(brands));
  app = await startAffiliateApp(database);
});

const said = { label: 'Small network', currency: 'EUR', timeZone: 'Europe/Berlin' };

/** An account that is told by hand, of an organization of its own. */
async function openAccount() {
  const orgId = await createOrganization(database);
  const { json } = await app.post(orgId, '/v1/connect/csv/accounts', said);
  return {
    orgId,
    connectionId: json.connectionId as string,
    uploads: `/v1/affiliate/accounts/${json.connectionId}/uploads`,
  };
}

const facts = async (orgId: string) => {
  const { rows } = await database.superuser.query(
    `select day::text, campaign, clicks::int, commission_minor::int as commission from affiliate.stats_daily where org_id = $1 order by 1, 2`,
    [orgId],
  );
  return rows.map(({ day, campaign, clicks, commission }) => [day, campaign, clicks, commission]);
};

describe('an account that is told by hand', () => {
  it('is opened, and no schedule pulls from it', async () => {
    const orgId = await createOrganization(database);
    const { status, json } = await app.post(orgId, '/v1/connect/csv/accounts', said);
    expect(status).toBe(201);
    expect(json).toMatchObject({ brand: 'csv', ...said });
    expect((await app.get(orgId, `/v1/affiliate/accounts/${json.connectionId}`)).json).toEqual(json);
    const { rows } = await database.superuser.query(
      `select c.status, c.next_run_at, c.credential_id, r.active from sync.connections c
       join sync.routes r on r.org_id = c.org_id and r.connection_id = c.id where c.org_id = $1`,
      [orgId],
    );
    expect(rows).toEqual([{ status: 'active', next_run_at: null, credential_id: null, active: true }]);
    const { rows: recorded } = await database.superuser.query(
      'select action, actor from audit.records where org_id = $1',
      [orgId],
    );
    expect(recorded).toEqual([{ action: 'connection.connect', actor: 'usr_1' }]);
  });

  it('is opened once by a request that is sent again', async () => {
    const orgId = await createOrganization(database);
    const headers = { 'idempotency-key': 'once' };
    const first = await app.post(orgId, '/v1/connect/csv/accounts', said, headers);
    const again = await app.post(orgId, '/v1/connect/csv/accounts', said, headers);
    expect(again.text).toBe(first.text);
    await app.post(orgId, '/v1/connect/csv/accounts', said);
    expect((await app.get(orgId, '/v1/affiliate/accounts?brand=csv')).json.data).toHaveLength(2);
  });

  it('is one more connection than the plan has room for, where it has none', async () => {
    const orgId = await createOrganization(database);
    await database.superuser.query(`update identity.organizations set plan = 'free' where id = $1`, [orgId]);
    const codes = [];
    do codes.push((await app.post(orgId, '/v1/connect/csv/accounts', said)).json.code ?? 'opened');
    while (codes.at(-1) === 'opened' && codes.length < 10);
    expect(codes.at(-1)).toBe('plan_limit_reached');
    const { json } = await app.get(orgId, '/v1/affiliate/accounts');
    expect(json.data).toHaveLength(codes.length - 1);
  });
});

describe('a file of daily statistics', () => {
  const csv = 'day,campaign,clicks,commission\n2026-11-01,a,10,1.50\n2026-11-01,b,5,0.75\n2026-11-02,a,7,-0.10\n';

  it('becomes facts, and changes nothing when it is sent again', async () => {
    const { orgId, connectionId, uploads } = await openAccount();
    const first = await app.upload(orgId, uploads, csv);
    expect(first.json).toEqual({
      connectionId,
      window: { from: '2026-11-01', to: '2026-11-02' },
      columns: ['day', 'campaign', 'clicks', 'commissionMinor'],
      ...{ rows: 3, written: 3, zeroed: 0, changes: 0 },
    });
    const stored = [
      ['2026-11-01', 'a', 10, 150],
      ['2026-11-01', 'b', 5, 75],
      ['2026-11-02', 'a', 7, -10],
    ];
    expect(await facts(orgId)).toEqual(stored);
    expect((await app.upload(orgId, uploads, csv)).json).toMatchObject({ written: 0, zeroed: 0, changes: 0 });
    expect(await facts(orgId)).toEqual(stored);
  });

  it('A38 that covers its days restates them: what it says otherwise or leaves out is on record', async () => {
    const { orgId, connectionId, uploads } = await openAccount();
    const whole = `${uploads}?from=2026-11-01&to=2026-11-02&coversWindow=true`;
    await app.upload(orgId, whole, csv);
    const { json } = await app.upload(
      orgId,
      whole,
      'day,campaign,clicks,commission\n2026-11-01,a,9,1.50\n2026-11-02,a,7,-0.10\n',
    );
    expect(json).toMatchObject({ written: 1, zeroed: 1, changes: 3 });
    const changes = await app.get(
      orgId,
      `/v1/affiliate/changes?connectionId=${connectionId}&metric=clicks&from=2026-11-01&to=2026-11-01`,
    );
    expect(
      changes.json.data.map(({ campaign, metric, oldValue, newValue, runId }: Record<string, unknown>) => ({
        campaign,
        metric,
        oldValue,
        newValue,
        runId,
      })),
    ).toEqual(
      expect.arrayContaining([
        { campaign: 'a', metric: 'clicks', oldValue: 10, newValue: 9, runId: null },
        { campaign: 'b', metric: 'clicks', oldValue: 5, newValue: 0, runId: null },
      ]),
    );
    expect((await app.get(orgId, '/v1/affiliate/changes?from=2026-11-02')).json.data).toEqual([]);
  });

  it('that one line of cannot be read is applied in no part, and the lines are named without what they say', async () => {
    const { orgId, uploads } = await openAccount();
    const broken = 'day,campaign,clicks,commission\n2026-11-01,a,10,1.50\n2026-11-41,b,5,0.75\n2026-11-02,a,secret,1\n';
    const { status, json, text } = await app.upload(orgId, uploads, broken);
    expect([status, json.code]).toEqual([422, 'validation_failed']);
    expect(json.issues).toEqual([
      { path: 'lines.3.day', message: 'invalid_day' },
      { path: 'lines.4.clicks', message: 'invalid_count' },
    ]);
    expect(text).not.toContain('secret');
    expect(await facts(orgId)).toEqual([]);
  });

  it('is read as it is declared to be written', async () => {
    const { orgId, uploads } = await openAccount();
    const query = 'delimiter=semicolon&decimalMark=comma&groupMark=point&dayFormat=DD.MM.YYYY';
    const { status } = await app.upload(orgId, `${uploads}?${query}`, 'Datum;Date;Commission\nx;03.11.2026;1.234,56\n');
    expect(status).toBe(200);
    expect(await facts(orgId)).toEqual([['2026-11-03', '', 0, 123_456]]);
  });

  it.each([
    ['one day of its window', '?from=2026-11-01', 'window.to'],
    ['that it covers days, and not which', '?coversWindow=true', 'window'],
    ['one mark for thousands and decimals', '?decimalMark=comma&groupMark=comma', 'groupMark'],
  ])('is refused when it is said of it %s', async (_what, query, path) => {
    const { orgId, uploads } = await openAccount();
    const { json } = await app.upload(orgId, `${uploads}${query}`, csv);
    expect([json.code, json.issues?.map((issue: { path: string }) => issue.path)]).toEqual([
      'validation_failed',
      [path],
    ]);
  });

  it('is refused for what a network tells, for what was ended, and for what is another’s', async () => {
    const { orgId, uploads } = await openAccount();
    const outcome = async (path = uploads, owner = orgId) => (await app.upload(owner, path, csv)).json.code;
    expect(await outcome(uploads, await createOrganization(database))).toBe('not_found');
    await database.superuser.query(`update affiliate.accounts set brand = 'awin' where org_id = $1`, [orgId]);
    expect(await outcome()).toBe('conflict');
    await database.superuser.query(`update affiliate.accounts set brand = 'csv' where org_id = $1`, [orgId]);
    await database.superuser.query(
      `update sync.connections set status = 'disconnected', disconnected_at = now() where org_id = $1`,
      [orgId],
    );
    expect(await outcome()).toBe('conflict');
    expect(await facts(orgId)).toEqual([]);
  });
});

describe('the catalogue of brands', () => {
  it('S0-026 lists every brand with what connecting takes, page by page, and never a value', async () => {
    const orgId = await createOrganization(database);
    const listed = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { json } = await app.get(orgId, `/v1/affiliate/brands?limit=3${cursor && `&cursor=${cursor}`}`);
      listed.push(...json.data);
      cursor = json.nextCursor;
    }
    expect(listed.map(({ slug }) => slug)).toEqual(Object.keys(brands).sort());
    for (const { slug, credentials } of listed) {
      const fields = brands[slug]?.credentials.map(({ name, label, secret }) => ({ name, label, secret }));
      expect(credentials).toEqual(fields);
    }
  });
});

describe('the label of an account', () => {
  it('is changed, on record, and no other organization’s', async () => {
    const { orgId, connectionId } = await openAccount();
    const path = `/v1/affiliate/accounts/${connectionId}`;
    expect((await app.patch(orgId, path, { label: ' Big network ' })).json).toMatchObject({ label: 'Big network' });
    expect((await app.patch(orgId, path, { label: null })).json.label).toBeNull();
    expect((await app.patch(orgId, path, { label: '' })).json.code).toBe('validation_failed');
    expect((await app.patch(await createOrganization(database), path, { label: 'Mine' })).json.code).toBe('not_found');
    const { rows } = await database.superuser.query(
      `select before, after from audit.records where org_id = $1 and action = 'connection.rename' order by id`,
      [orgId],
    );
    expect(rows).toEqual([
      { before: { label: 'Small network' }, after: { label: 'Big network' } },
      { before: { label: 'Big network' }, after: { label: null } },
    ]);
  });
});
