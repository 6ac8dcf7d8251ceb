import { eachDay, openWatch, type Watch } from '@tributary/affiliate/rule/watch.fixture';
import { showId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { startAffiliateApp } from './test/affiliate-app.ts';

let database: TestDatabase;
let app: Awaited<ReturnType<typeof startAffiliateApp>>;
beforeAll(async () => {
  database = await testDatabase();
  app = await startAffiliateApp(database);
});

const rule = {
  name: 'First deposits removed',
  scope: { kind: 'organization' },
  terms: { kind: 'restated', metric: 'ftdCount', direction: 'down', atLeast: 1 },
  coolDownHours: 0,
};

describe('a rule', () => {
  it('is made, read, listed, changed and put away, each on record', async () => {
    const orgId = await createOrganization(database);
    const { status, json: made } = await app.post(orgId, '/v1/affiliate/rules', rule);
    expect([status, made.status]).toEqual([201, 'active']);
    expect(made).toMatchObject(rule);
    const path = `/v1/affiliate/rules/${made.id}`;
    const scope = { kind: 'brand', brand: 'everflow' };
    const { json: changed } = await app.patch(orgId, path, { scope, coolDownHours: 24 });
    expect(changed).toEqual({ ...made, scope, coolDownHours: 24 });
    expect((await app.get(orgId, path)).json).toEqual(changed);
    await app.patch(orgId, path, { status: 'archived' });
    expect((await app.get(orgId, '/v1/affiliate/rules?status=active')).json.data).toEqual([]);
    expect((await app.get(orgId, '/v1/affiliate/rules')).json.data).toHaveLength(1);
    const { rows } = await database.superuser.query('select action from audit.records where org_id = $1 order by id', [
      orgId,
    ]);
    expect(rows.map(({ action }) => action)).toEqual([
      'automation_rule.create',
      'automation_rule.update',
      'automation_rule.update',
    ]);
  });

  it('is refused with a scope its terms do not go with, a connection that is not there, and beyond a hundred', async () => {
    const orgId = await createOrganization(database);
    const terms = { kind: 'sync_failed', failures: 3 };
    const code = async (change: object) =>
      (await app.post(orgId, '/v1/affiliate/rules', { ...rule, ...change })).json.code;
    expect(await code({ terms })).toBe('validation_failed');
    const connectionId = showId('connection', crypto.randomUUID());
    expect(await code({ terms, scope: { kind: 'connection', connectionId } })).toBe('not_found');
    await database.superuser.query(
      `insert into affiliate.automation_rules (org_id, name, kind, dimension, scope_value, terms, cool_down_hours, watching_since, created_by, created_at)
       select $1, 'one of many', 'metric', 'total', '', '{}', 0, now(), 'x', now() from generate_series(1, 100)`,
      [orgId],
    );
    expect(await code({})).toBe('limit_reached');
  });

  it('is not there for another organization', async () => {
    const orgId = await createOrganization(database);
    const { json } = await app.post(orgId, '/v1/affiliate/rules', rule);
    const other = await createOrganization(database);
    const path = `/v1/affiliate/rules/${json.id}`;
    const codes = [await app.get(other, path), await app.patch(other, path, { name: 'Mine' })].map(
      (one) => one.json.code,
    );
    expect(codes).toEqual(['not_found', 'not_found']);
  });
});

describe('an alert', () => {
  /** An organization that was told of as many removed first deposits, one a day, each by an alert of its own. */
  async function alerted(count: number): Promise<Watch> {
    const watch = await openWatch(database);
    await watch.tell(eachDay('2026-11-01', count, { ftdCount: 5 }), '2026-11-09T09:00:00Z');
    await watch.rule({ kind: 'restated', metric: 'ftdCount', direction: 'down', atLeast: 1 });
    for (const [at, day] of Object.keys(eachDay('2026-11-01', count, {})).entries()) {
      const time = `2026-11-10T09:0${at}:00Z`;
      await watch.tell({ [day]: { ftdCount: 4 } }, time);
      await watch.evaluate(time);
    }
    return watch;
  }

  it('is listed by status, the newest first, page by page', async () => {
    const { orgId } = await alerted(3);
    const { json: first } = await app.get(orgId, '/v1/affiliate/alerts?limit=2');
    const { json: second } = await app.get(orgId, `/v1/affiliate/alerts?limit=2&cursor=${first.nextCursor}`);
    const days = [...first.data, ...second.data].map(({ window }) => window.from);
    expect(days).toEqual(['2026-11-03', '2026-11-02', '2026-11-01']);
    await app.post(orgId, `/v1/affiliate/alerts/${first.data[0].id}/acknowledge`);
    const { json: open } = await app.get(orgId, '/v1/affiliate/alerts?status=open');
    expect(open.data.map(({ id }: { id: string }) => id)).toEqual([first.data[1].id, second.data[0].id]);
    const { ruleId } = first.data[0];
    expect((await app.get(orgId, `/v1/affiliate/alerts?ruleId=${ruleId}`)).json.data).toHaveLength(3);
  });

  it('goes from open to acknowledged to resolved, on record, and no way back', async () => {
    const { orgId } = await alerted(1);
    const [{ id }] = (await app.get(orgId, '/v1/affiliate/alerts')).json.data;
    const path = `/v1/affiliate/alerts/${id}`;
    const move = async (verb: string) => {
      const { json } = await app.post(orgId, `${path}/${verb}`);
      return json.code ?? json.status;
    };
    expect(await move('acknowledge')).toBe('acknowledged');
    expect(await move('acknowledge')).toBe('illegal_move');
    expect(await move('resolve')).toBe('resolved');
    expect([await move('resolve'), await move('acknowledge')]).toEqual(['illegal_move', 'illegal_move']);
    const { json } = await app.get(orgId, path);
    expect(json).toMatchObject({ status: 'resolved', finding: { kind: 'restated', change: -1, changes: 1 } });
    expect([json.acknowledgedAt, json.resolvedAt]).not.toContain(null);
    const { rows } = await database.superuser.query(
      `select action, after ->> 'status' as status from audit.records where org_id = $1 and target_type = 'alert' order by id`,
      [orgId],
    );
    expect(rows).toEqual([
      { action: 'alert.acknowledge', status: 'acknowledged' },
      { action: 'alert.resolve', status: 'resolved' },
    ]);
  });

  it('is not there for another organization', async () => {
    const { orgId } = await alerted(1);
    const [{ id }] = (await app.get(orgId, '/v1/affiliate/alerts')).json.data;
    const other = await createOrganization(database);
    const path = `/v1/affiliate/alerts/${id}`;
    const answers = [await app.get(other, path), await app.post(other, `${path}/resolve`)];
    expect(answers.map(({ json }) => json.code)).toEqual(['not_found', 'not_found']);
    expect((await app.get(other, '/v1/affiliate/alerts')).json.data).toEqual([]);
  });
});
