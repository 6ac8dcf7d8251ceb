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
  it('are raised once, however often its rules are evaluated', async () => {
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

  it('end yesterday as the organization counts days', async () => {
    const watch = await openWatch(database);
    const { superuser } = database;
    await superuser.query(`update identity.organizations set time_zone = 'Pacific/Auckland' where id = $1`, [
      watch.orgId,
    ]);
    await watch.rule(fewClicks);
    // Already the 17th there.
    await watch.evaluate('2026-11-16T12:00:00Z');
    expect((await watch.raised()).map(({ window }) => window)).toEqual(['2026-11-16/2026-11-16']);
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
