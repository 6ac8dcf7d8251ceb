import { showId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import fc from 'fast-check';
import { beforeAll, describe, expect, it } from 'vitest';
import { alert } from '../alert/alert.ts';
import { listAlerts } from '../alert/list-alerts.ts';
import { updateRule } from './update-rule.ts';
import { eachDay, openWatch } from './watch.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const ftdRemoved = { kind: 'restated', metric: 'ftdCount', direction: 'down', atLeast: 1 } as const;

describe('a rule about restatements', () => {
  const day = '2026-11-03';
  const told = '2026-11-04T09:00:00Z';

  it('A38 tells of first deposits that a network removed, once, and again of more', async () => {
    const watch = await openWatch(database);
    await watch.tell({ [day]: { ftdCount: 5, ngrMinor: 100_000 } }, told);
    await watch.rule(ftdRemoved);
    expect(await watch.evaluate(told)).toBe(0);
    await watch.tell({ [day]: { ftdCount: 4, ngrMinor: 80_000 } }, '2026-11-10T09:00:00Z');
    expect(await watch.evaluate('2026-11-10T09:00:00Z')).toBe(1);
    expect(await watch.evaluate('2026-11-10T10:00:00Z')).toBe(0);
    await watch.tell({ [day]: { ftdCount: 2, ngrMinor: 80_000 } }, '2026-11-11T09:00:00Z');
    expect(await watch.evaluate('2026-11-11T09:00:00Z')).toBe(1);
    const window = `${day}/${day}`;
    expect((await watch.raised()).map(({ window, finding }) => ({ window, ...finding }))).toEqual([
      { window, kind: 'restated', metric: 'ftdCount', change: -1, changes: 1 },
      { window, kind: 'restated', metric: 'ftdCount', change: -2, changes: 1 },
    ]);
  });

  it('tells of all days of a restatement at once, and keeps what comes while it is silent for the next alert', async () => {
    const watch = await openWatch(database);
    await watch.tell(eachDay('2026-11-01', 3, { ftdCount: 5 }), told);
    await watch.rule(ftdRemoved, { coolDownHours: 24 });
    await watch.tell(eachDay('2026-11-01', 2, { ftdCount: 3 }), '2026-11-10T09:00:00Z');
    await watch.evaluate('2026-11-10T09:00:00Z');
    await watch.tell({ [day]: { ftdCount: 4 } }, '2026-11-10T12:00:00Z');
    expect(await watch.evaluate('2026-11-10T12:00:00Z')).toBe(0);
    expect(await watch.evaluate('2026-11-11T09:00:00Z')).toBe(1);
    expect((await watch.raised()).map(({ window, finding }) => [window, finding.change])).toEqual([
      ['2026-11-01/2026-11-02', -4],
      ['2026-11-03/2026-11-03', -1],
    ]);
  });

  it('waits until changes come to as much as it asks for, and takes no rise for a fall', async () => {
    const watch = await openWatch(database);
    await watch.tell(eachDay('2026-11-01', 3, { ftdCount: 5 }), told);
    await watch.rule({ ...ftdRemoved, atLeast: 3 });
    await watch.rule({ ...ftdRemoved, direction: 'up' });
    await watch.tell({ '2026-11-01': { ftdCount: 3 } }, '2026-11-10T09:00:00Z');
    expect(await watch.evaluate('2026-11-10T09:00:00Z')).toBe(0);
    await watch.tell({ '2026-11-02': { ftdCount: 4 }, '2026-11-03': { ftdCount: 7 } }, '2026-11-11T09:00:00Z');
    await watch.evaluate('2026-11-11T09:00:00Z');
    expect((await watch.raised()).map(({ finding }) => finding.change).sort()).toEqual([-3, 2]);
  });

  it.each([
    [
      'is told of what is pending when it got another name and is silent for less',
      { name: 'other', coolDownHours: 1 },
      1,
    ],
    [
      'is not concerned with what was changed before it looks for something else',
      { terms: { ...ftdRemoved, atLeast: 2 } },
      0,
    ],
    ['is not concerned with what was changed before it looks elsewhere', { scope: { kind: 'brand', brand: null } }, 0],
  ] as const)('%s', async (_, change, expected) => {
    const watch = await openWatch(database);
    await watch.tell({ [day]: { ftdCount: 9 } }, told);
    const ruleId = await watch.rule(ftdRemoved, { coolDownHours: 24 });
    await watch.tell({ [day]: { ftdCount: 8 } }, '2026-11-10T09:00:00Z');
    expect(await watch.evaluate('2026-11-10T09:00:00Z')).toBe(1);
    await watch.tell({ [day]: { ftdCount: 6 } }, '2026-11-10T10:00:00Z');
    const now = new Date('2026-11-10T11:00:00Z');
    await withTenant({ database: database.api, orgId: watch.orgId }, (tx) =>
      updateRule({ tx, actor: 'owner', now }, { ruleId, ...change }),
    );
    expect(await watch.evaluate('2026-11-11T10:00:00Z')).toBe(expected);
  });

  it('for each campaign tells of those that have a name', async () => {
    const watch = await openWatch(database);
    const campaign = '🎰'.repeat(200);
    const window = { from: day, to: day };
    const say = (ftdCount: number, at: string) =>
      watch.apply(window, [watch.row(day, { campaign, ftdCount }), watch.row(day, { ftdCount })], at);
    await say(5, told);
    await watch.rule(ftdRemoved, { scope: { kind: 'campaign', campaign: null } });
    await watch.rule(ftdRemoved, { scope: { kind: 'campaign', campaign } });
    await say(4, '2026-11-10T09:00:00Z');
    expect(await watch.evaluate('2026-11-10T09:00:00Z')).toBe(2);
    const listed = await listAlerts({ database: database.api, orgId: watch.orgId }, { limit: 5 });
    expect(listed.map(({ item }) => alert.parse(item).scope)).toEqual(
      [1, 2].map(() => ({ kind: 'campaign', campaign })),
    );
  });

  it('is not concerned with what was changed before it was made', async () => {
    const watch = await openWatch(database);
    await watch.tell({ [day]: { ftdCount: 5 } }, told);
    await watch.tell({ [day]: { ftdCount: 4 } }, '2026-11-10T09:00:00Z');
    await watch.rule(ftdRemoved, {}, '2026-11-10T10:00:00Z');
    expect(await watch.evaluate('2026-11-10T11:00:00Z')).toBe(0);
  });

  it('tells of every change once, in whatever order facts come and rules are evaluated', async () => {
    const step = fc.oneof(
      fc.record({ day: fc.integer({ min: 1, max: 4 }), ftdCount: fc.nat(6) }),
      fc.constant('evaluate' as const),
      fc.constant('evaluate twice at once' as const),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 12 }), async (steps) => {
        const watch = await openWatch(database);
        await watch.tell(eachDay('2026-11-01', 4, { ftdCount: 6 }), '2026-11-05T09:00:00Z');
        await watch.rule(ftdRemoved, {
          scope: { kind: 'connection', connectionId: showId('connection', watch.connectionId) },
        });
        for (const [minute, one] of [...steps, 'evaluate' as const].entries()) {
          const at = `2026-11-10T09:${String(minute).padStart(2, '0')}:00Z`;
          if (typeof one === 'object') await watch.tell({ [`2026-11-0${one.day}`]: { ftdCount: one.ftdCount } }, at);
          else await Promise.all(one === 'evaluate' ? [watch.evaluate(at)] : [watch.evaluate(at), watch.evaluate(at)]);
        }
        const told = (await watch.raised()).reduce((sum, { finding }) => sum + Number(finding.change), 0);
        const changes = await watch.changes();
        expect(told).toBe(changes.reduce((sum, { from, to }) => sum + Math.min(to - from, 0), 0) || 0);
      }),
      { numRuns: 15 },
    );
  });
});
