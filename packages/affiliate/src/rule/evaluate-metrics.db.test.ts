import { showId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { markDays } from '../fact/mark-days.ts';
import { evaluateRules } from './evaluate-rules.ts';
import type { RuleTerms } from './rule-terms.ts';
import { eachDay, openWatch } from './watch.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

type Terms = Extract<RuleTerms, { kind: 'metric' }>;
type Condition = Terms['conditions'][number];

const over7 = (conditions: Condition[], told: Partial<Terms> = {}): Terms => ({
  ...{ kind: 'metric', windowDays: 7, match: 'all', minimumSample: null },
  ...told,
  conditions,
});
const is = (metric: Condition['metric'], comparison: Condition['comparison'], threshold: number): Condition => ({
  ...{ metric, comparison, threshold },
});

// Two weeks before the window's end: 700 clicks and 70 sign-ups in the first, 350 and 35 in the second, whose commission is 7.00.
const before = eachDay('2026-11-02', 7, { clicks: 100, signups: 10, ftdCount: 2, commissionMinor: 200 });
const now = eachDay('2026-11-09', 7, { clicks: 50, signups: 5, ftdCount: 0, commissionMinor: 100 });
const at = '2026-11-16T09:00:00Z';
const window = '2026-11-09/2026-11-15';

describe('a rule about metrics', () => {
  it.each<[string, Terms, boolean]>([
    ['S0-013 a sum above its value', over7([is('clicks', 'above', 349)]), true],
    ['and not at it', over7([is('clicks', 'above', 350)]), false],
    ['a sum below its value', over7([is('clicks', 'below', 351)]), true],
    ['and not at it', over7([is('clicks', 'below', 350)]), false],
    ['a fall by its share', over7([is('clicks', 'falls_by', 5000)]), true],
    ['and by no less', over7([is('clicks', 'falls_by', 5001)]), false],
    ['no rise where there is a fall', over7([is('clicks', 'rises_by', 1)]), false],
    ['a fall to nothing', over7([is('ftdCount', 'falls_by', 10_000)]), true],
    ['a quotient as it is, not rounded: 35 of 350', over7([is('signupRateBps', 'above', 999)]), true],
    ['and not above itself', over7([is('signupRateBps', 'above', 1000)]), false],
    ['no fall of a quotient that stayed', over7([is('signupRateBps', 'falls_by', 1)]), false],
    ['an amount in base currency', over7([is('commissionMinor', 'below', 701)]), true],
    ['nothing about a quotient of nothing', over7([is('commissionPerFtdMinor', 'below', 1_000_000)]), false],
    ['A23 both of two', over7([is('clicks', 'below', 400), is('signups', 'below', 40)]), true],
    ['A23 not one of two', over7([is('clicks', 'below', 400), is('signups', 'below', 30)]), false],
    ['A23 one of two', over7([is('clicks', 'below', 400), is('signups', 'below', 30)], { match: 'any' }), true],
    ['A23 none of two', over7([is('clicks', 'above', 400), is('signups', 'below', 30)], { match: 'any' }), false],
    [
      'a fall with a sample in both windows',
      over7([is('clicks', 'falls_by', 5000)], { minimumSample: { metric: 'clicks', count: 350 } }),
      true,
    ],
    [
      'no fall with too little in one of them',
      over7([is('clicks', 'falls_by', 5000)], { minimumSample: { metric: 'clicks', count: 351 } }),
      false,
    ],
    [
      'one of two though the other, a rise, has too little to compare with',
      over7([is('clicks', 'above', 600), is('clicks', 'rises_by', 1)], {
        ...{ match: 'any', windowDays: 10, minimumSample: { metric: 'clicks', count: 401 } },
      }),
      true,
    ],
    // Ten days against ten: 650 clicks and 400.
    [
      'a rise with a sample in both windows',
      over7([is('clicks', 'rises_by', 6250)], { windowDays: 10, minimumSample: { metric: 'clicks', count: 400 } }),
      true,
    ],
    [
      'no rise with too little in the window before',
      over7([is('clicks', 'rises_by', 6250)], { windowDays: 10, minimumSample: { metric: 'clicks', count: 401 } }),
      false,
    ],
    [
      'a value with a sample in its own window, whatever was before',
      over7([is('clicks', 'above', 1000)], { windowDays: 14, minimumSample: { metric: 'clicks', count: 1050 } }),
      true,
    ],
    ['no rise from nothing', over7([is('clicks', 'rises_by', 1)], { windowDays: 14 }), false],
  ])('is told of %s', async (_what, terms, isRaised) => {
    const watch = await openWatch(database);
    await watch.tell({ ...before, ...now }, at);
    await watch.rule(terms);
    expect(await watch.evaluate(at)).toBe(isRaised ? 1 : 0);
  });

  it('says what it saw, of which days', async () => {
    const watch = await openWatch(database);
    await watch.tell({ ...before, ...now }, at);
    await watch.rule(
      over7([is('clicks', 'falls_by', 2000), is('commissionPerFtdMinor', 'above', 1)], { match: 'any' }),
    );
    await watch.evaluate(at);
    expect(await watch.raised()).toEqual([
      {
        scope: 'total:',
        window,
        status: 'open',
        finding: {
          kind: 'metric',
          baseCurrency: 'EUR',
          conditions: [
            { metric: 'clicks', comparison: 'falls_by', threshold: 2000, value: 350, previous: 700, holds: true },
            {
              metric: 'commissionPerFtdMinor',
              comparison: 'above',
              threshold: 1,
              value: null,
              previous: 100,
              holds: false,
            },
          ],
        },
      },
    ]);
  });

  it('looks at each campaign by itself, at one brand, at one connection', async () => {
    const watch = await openWatch(database);
    await watch.tell(eachDay('2026-11-09', 7, { campaign: 'a', clicks: 10 }), at);
    await watch.apply(
      { from: '2026-11-15', to: '2026-11-15' },
      [watch.row('2026-11-15', { campaign: 'b', clicks: 99 }), watch.row('2026-11-15', { clicks: 500 })],
      at,
      false,
    );
    const minimumSample = { metric: 'clicks', count: 1 } as const;
    const few = over7([is('clicks', 'below', 100)], { minimumSample });
    const many = over7([is('clicks', 'above', 600)]);
    await watch.rule(few, { scope: { kind: 'campaign', campaign: null } });
    await watch.rule(few, { scope: { kind: 'campaign', campaign: 'c' } });
    await watch.rule(many, { scope: { kind: 'brand', brand: 'everflow' } });
    await watch.rule(many, { scope: { kind: 'brand', brand: null } });
    const connectionId = showId('connection', watch.connectionId);
    await watch.rule(many, { scope: { kind: 'connection', connectionId } });
    await watch.evaluate(at);
    expect((await watch.raised()).map(({ scope }) => scope).sort()).toEqual([
      'brand:everflow',
      'brand:everflow',
      'campaign:a',
      'campaign:b',
      `connection:${watch.connectionId}`,
    ]);
  });

  it('looks at what is named though nothing was told of it', async () => {
    const watch = await openWatch(database);
    const none = over7([is('clicks', 'below', 1)]);
    await watch.rule(none);
    await watch.rule(none, { scope: { kind: 'campaign', campaign: 'gone' } });
    await watch.rule(none, { scope: { kind: 'brand', brand: null } });
    expect(await watch.evaluate(at)).toBe(2);
  });
});

describe('the window of a rule about metrics', () => {
  it('ends with the last day that all networks have told, not with one that one of them is yet to tell', async () => {
    const slow = await openWatch(database);
    const other = await openWatch(database, slow.orgId);
    await slow.tell(eachDay('2026-11-07', 7, { clicks: 100 }), '2026-11-14T09:00:00Z');
    await other.tell(eachDay('2026-11-07', 9, { clicks: 100 }), at);
    await slow.rule(over7([is('clicks', 'above', 0)]));
    const scope = { kind: 'connection', connectionId: null } as const;
    await slow.rule(over7([is('clicks', 'above', 0)]), { scope });
    await slow.evaluate(at);
    expect((await slow.raised()).map(({ scope, window }) => [scope, window]).sort()).toEqual(
      [
        ['total:', '2026-11-07/2026-11-13'],
        [`connection:${slow.connectionId}`, '2026-11-07/2026-11-13'],
        [`connection:${other.connectionId}`, window],
      ].sort(),
    );
  });

  it('waits for no network that is paused, where others tell', async () => {
    const paused = await openWatch(database);
    const other = await openWatch(database, paused.orgId);
    await paused.tell(eachDay('2026-11-07', 7, { clicks: 100 }), '2026-11-14T09:00:00Z');
    await other.tell(eachDay('2026-11-07', 9, { clicks: 100 }), at);
    await database.superuser.query(`update sync.connections set status = 'paused' where id = $1`, [
      paused.connectionId,
    ]);
    await paused.rule(over7([is('clicks', 'above', 0)]));
    await paused.evaluate(at);
    expect((await paused.raised()).map(({ window }) => window)).toEqual([window]);
  });

  it('waits a week for a network that tells nothing, and no longer', async () => {
    const watch = await openWatch(database);
    await watch.tell({ '2026-10-01': { clicks: 1 } }, '2026-10-02T09:00:00Z');
    await watch.rule(over7([is('clicks', 'below', 1)]));
    await watch.evaluate(at);
    expect((await watch.raised()).map(({ window }) => window)).toEqual(['2026-11-02/2026-11-08']);
  });

  it('is not looked at while one of its days is to be computed anew', async () => {
    const watch = await openWatch(database);
    await watch.tell({ ...before, ...now }, at);
    await watch.rule(over7([is('clicks', 'falls_by', 5000)]));
    await watch.evaluate(at, []);
    await withTenant({ database: database.worker, orgId: watch.orgId }, async (tx) => {
      await markDays(tx, ['2026-11-02'], new Date(at));
      expect(Number((await evaluateRules(tx, { now: new Date(at) })).raised)).toBe(0);
    });
    expect(await watch.evaluate(at)).toBe(1);
  });

  it('is looked at when one of the days that changed is in it, or in the one before', async () => {
    const watch = await openWatch(database);
    await watch.tell({ ...before, ...now }, at);
    await watch.rule(over7([is('clicks', 'falls_by', 5000)]));
    expect(await watch.evaluate(at, ['2026-11-01', '2026-11-16'])).toBe(0);
    expect(await watch.evaluate(at, ['2026-11-02'])).toBe(1);
  });

  it('says nothing of amounts of which some could not be converted', async () => {
    const watch = await openWatch(database);
    await watch.tell({ ...before, ...now }, at);
    await database.superuser.query(
      `update affiliate.stats_daily set rate = null, rate_day = null, rate_source = null, base_deposits_minor = null, base_ggr_minor = null,
         base_ngr_minor = null, base_commission_minor = null where org_id = $1 and day = '2026-11-10'`,
      [watch.orgId],
    );
    await watch.rule(over7([is('commissionMinor', 'below', 1_000_000)]));
    await watch.rule(over7([is('clicks', 'below', 1_000_000)]));
    await watch.evaluate(at);
    const seen = (await watch.raised()).map(({ finding }) => (finding.conditions as Condition[])[0]?.metric);
    expect(seen).toEqual(['clicks']);
  });
});
