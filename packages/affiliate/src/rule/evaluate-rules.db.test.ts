import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { evaluateAll } from './evaluate-all.ts';
import { evaluateRules } from './evaluate-rules.ts';
import type { RuleTerms } from './rule-terms.ts';
import { updateRule } from './update-rule.ts';
import { openWatch, type Watch } from './watch.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const asWorker = ({ orgId }: Watch) => ({ database: database.worker, orgId });
const ftdRemoved = { kind: 'restated', metric: 'ftdCount', direction: 'down', atLeast: 1 } as const;
const fewClicks: RuleTerms = {
  kind: 'metric',
  windowDays: 1,
  match: 'all',
  minimumSample: null,
  conditions: [{ metric: 'clicks', comparison: 'below', threshold: 100 }],
};

describe('the alerts of an organization', () => {
  it('S0-014 are raised once, however often its rules are evaluated', async () => {
    const watch = await openWatch(database);
    await watch.tell({ '2026-11-15': { clicks: 5 } }, '2026-11-16T09:00:00Z');
    await watch.rule(fewClicks);
    const raised = [];
    for (const at of ['09:00', '09:01', '12:00']) raised.push(await watch.evaluate(`2026-11-16T${at}:00Z`));
    expect(raised).toEqual([1, 0, 0]);
  });

  it('are raised once by twenty who evaluate at the same time', async () => {
    const watch = await openWatch(database);
    await watch.tell({ '2026-11-15': { clicks: 5, ftdCount: 5 } }, '2026-11-16T09:00:00Z');
    await watch.rule(fewClicks, { coolDownHours: 24 });
    await watch.rule(ftdRemoved, { scope: { kind: 'brand', brand: null } });
    await watch.tell({ '2026-11-15': { clicks: 5, ftdCount: 4 } }, '2026-11-16T10:00:00Z');
    const all = await Promise.all(Array.from({ length: 20 }, () => watch.evaluate('2026-11-16T11:00:00Z')));
    expect(all.reduce((sum, raised) => sum + raised, 0)).toBe(2);
    expect(await watch.raised()).toHaveLength(2);
  });

  it('keep the silence of a rule though who evaluates at the same time looks at another day', async () => {
    const watch = await openWatch(database);
    await watch.rule(fewClicks, { coolDownHours: 72 });
    const isWaiting = `select 1 from pg_locks l join pg_database d on d.oid = l.database
      where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`;
    let isDone = false;
    const other = await withTenant(asWorker(watch), async (tx) => {
      await evaluateRules(tx, { now: new Date('2026-11-16T09:00:00Z') });
      const later = watch.evaluate('2026-11-17T09:00:00Z').finally(() => {
        isDone = true;
      });
      await vi.waitFor(async () => {
        const { rowCount } = await database.superuser.query(isWaiting);
        expect(isDone || rowCount === 1).toBe(true);
      });
      return { later };
    });
    expect(await other.later).toBe(0);
    expect(await watch.raised()).toHaveLength(1);
  });

  it('are not raised while the rule is silent about the scope, and are after that', async () => {
    const watch = await openWatch(database);
    await watch.rule(fewClicks, { coolDownHours: 48 });
    await watch.rule(fewClicks, { coolDownHours: 48, scope: { kind: 'brand', brand: 'everflow' } }, undefined);
    const raised = [];
    for (const day of [16, 17, 18, 19]) raised.push(await watch.evaluate(`2026-11-${day}T09:00:00Z`));
    expect(raised).toEqual([2, 0, 2, 0]);
    expect((await watch.raised()).map(({ window }) => window)).toEqual([
      ...['2026-11-15/2026-11-15', '2026-11-15/2026-11-15'],
      ...['2026-11-17/2026-11-17', '2026-11-17/2026-11-17'],
    ]);
  });

  it.each([
    ['Pacific/Auckland', '2026-11-16T12:00:00Z', '2026-11-16'],
    // 23 hours and 25, and an hour before midnight on either side.
    ['America/New_York', '2026-03-09T03:30:00Z', '2026-03-07'],
    ['America/New_York', '2026-03-09T04:30:00Z', '2026-03-08'],
    ['America/New_York', '2026-11-02T04:30:00Z', '2026-10-31'],
    ['America/New_York', '2026-11-02T05:30:00Z', '2026-11-01'],
    ['no zone', '2026-11-01T00:00:00Z', '2026-10-31'],
  ])('end yesterday as the organization counts days: in %s, at %s', async (timeZone, at, day) => {
    const watch = await openWatch(database);
    await database.superuser.query('update identity.organizations set time_zone = $2 where id = $1', [
      watch.orgId,
      timeZone,
    ]);
    await watch.rule(fewClicks);
    await watch.evaluate(at);
    expect((await watch.raised()).map(({ window }) => window)).toEqual([`${day}/${day}`]);
  });

  it.each(['paused', 'archived'] as const)('are not raised by rules that are %s', async (status) => {
    const watch = await openWatch(database);
    const now = new Date('2026-11-16T09:00:00Z');
    const ruleId = await watch.rule(fewClicks);
    const change = (to: 'active' | typeof status) =>
      withTenant({ database: database.api, orgId: watch.orgId }, (tx) =>
        updateRule({ tx, actor: 'owner', now }, { ruleId, status: to }),
      );
    await change(status);
    expect(await watch.evaluate('2026-11-16T09:00:00Z')).toBe(0);
    await change('active');
    expect(await watch.evaluate('2026-11-16T09:00:00Z')).toBe(1);
  });

  it('are raised of no other organization, and those of one that fails stop no others', async () => {
    const [one, other, broken] = [await openWatch(database), await openWatch(database), await openWatch(database)];
    for (const watch of [one, other, broken]) await watch.rule(fewClicks);
    await database.superuser.query(
      `update affiliate.automation_rules set terms = terms - 'conditions' || '{"conditions":1}' where org_id = $1`,
      [broken.orgId],
    );
    const report = vi.fn();
    const { worker, system } = database;
    const dependencies = { worker, system, now: new Date('2026-11-16T09:00:00Z'), mayGoOn: () => true, report };
    const done = await evaluateAll(dependencies);
    expect(done.failed).toBe(1);
    expect(report.mock.calls.map(([{ orgId }]) => orgId)).toEqual([broken.orgId]);
    expect([(await one.raised()).length, (await other.raised()).length]).toEqual([1, 1]);
    expect((await evaluateAll({ ...dependencies, mayGoOn: () => false })).organizations).toBe(0);
  });

  it('are not raised of a suspended organization', async () => {
    const watch = await openWatch(database);
    await watch.rule(fewClicks);
    const { worker, system } = database;
    const raisedWhen = async (status: string) => {
      const set = `update identity.organizations set status = $2 where id = $1`;
      await database.superuser.query(set, [watch.orgId, status]);
      const now = new Date('2026-11-16T09:00:00Z');
      await evaluateAll({ worker, system, now, mayGoOn: () => true, report: vi.fn() });
      return (await watch.raised()).length;
    };
    expect(await raisedWhen('suspended')).toBe(0);
    expect(await raisedWhen('active')).toBe(1);
  });

  it('are raised of other organizations first at other hours, where time is short', async () => {
    await database.superuser.query(`update affiliate.automation_rules set status = 'paused'`);
    const all = await Promise.all([1, 2, 3].map(() => openWatch(database)));
    for (const watch of all) await watch.rule(fewClicks);
    const { worker, system } = database;
    const firsts = new Set<string>();
    for (let hour = 1; hour <= 100 && firsts.size < all.length; hour += 1) {
      const mayGoOn = vi.fn(() => false).mockReturnValueOnce(true);
      const now = new Date(Date.UTC(2026, 0, 1, hour));
      await evaluateAll({ worker, system, now, mayGoOn, report: vi.fn() });
      for (const watch of all) if ((await watch.raised()).length > 0) firsts.add(watch.orgId);
    }
    expect(firsts.size).toBe(3);
  });
});

it('rules are evaluated by a statement for each kind there is, however many of them', async () => {
  const watch = await openWatch(database);
  for (let made = 0; made < 10; made += 1) await watch.rule(fewClicks);
  const statements = await withTenant(asWorker(watch), async (tx) => {
    const query = vi.fn(tx.query);
    await evaluateRules(Object.assign(Object.create(tx), { query, orgId: tx.orgId }), { now: new Date() });
    return query.mock.calls.length;
  });
  expect(statements).toBe(3);
  expect(await watch.raised()).toHaveLength(10);
});
