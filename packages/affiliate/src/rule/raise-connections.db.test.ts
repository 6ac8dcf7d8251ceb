import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { markDays } from '../fact/mark-days.ts';
import { evaluateRules } from './evaluate-rules.ts';
import { openWatch, type Watch } from './watch.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

describe('a rule about connections', () => {
  const at = '2026-11-16T09:00:00Z';
  const set = ({ orgId, connectionId }: Watch, change: string) =>
    database.superuser.query(`update sync.connections set ${change} where org_id = $1 and id = $2`, [
      orgId,
      connectionId,
    ]);

  it.each([
    ['one that failed as often in a row', 'failures = 3', 1],
    ['none that failed less often', 'failures = 2', 0],
    ['one that has to be connected again', `status = 'needs_reconnect'`, 1],
    ['none that was ended', `failures = 9, status = 'disconnected', disconnected_at = now()`, 0],
  ])('tells of %s', async (_what, change, expected) => {
    const watch = await openWatch(database);
    await watch.rule({ kind: 'sync_failed', failures: 3 }, { scope: { kind: 'connection', connectionId: null } });
    await set(watch, change);
    expect(await watch.evaluate(at)).toBe(expected);
  });

  it('tells of a failing one again only after it had succeeded, be it on the same day', async () => {
    const watch = await openWatch(database);
    await watch.rule({ kind: 'sync_failed', failures: 3 }, { scope: { kind: 'connection', connectionId: null } });
    await set(watch, `connected_at = '2026-11-01T00:00:00Z', failures = 3`);
    expect(await watch.evaluate(at)).toBe(1);
    await set(watch, 'failures = 4');
    expect(await watch.evaluate(at)).toBe(0);
    await set(watch, `failures = 3, last_success_at = '2026-11-01T12:00:00Z'`);
    expect(await watch.evaluate(at)).toBe(1);
    expect(await watch.evaluate(at)).toBe(0);
    await set(watch, `failures = 3, last_success_at = '2026-11-17T00:00:00Z'`);
    expect(await watch.evaluate('2026-11-18T09:00:00Z')).toBe(1);
    expect((await watch.raised()).map(({ window, finding }) => [window, finding])).toEqual([
      ['2026-11-01/2026-11-01', { kind: 'sync_failed', failures: 3, status: 'active' }],
      ['2026-11-01/2026-11-01', { kind: 'sync_failed', failures: 3, status: 'active' }],
      ['2026-11-17/2026-11-17', { kind: 'sync_failed', failures: 3, status: 'active' }],
    ]);
  });
});

describe('a rule about commission', () => {
  /** A deal and what a month of it came to, in the deal's currency. */
  const month = async (watch: Watch, first: string, earned: number, reported: number, tolerance = '100, 100') => {
    const { rows } = await database.superuser.query(
      `insert into affiliate.deals (org_id, connection_id, brand, currency, name, starts_on, carry_mode, carry_basis, carry_before_tiers,
         tolerance_minor, tolerance_bps)
       values ($1, $2, 'everflow', 'EUR', 'deal', '2026-01-01', 'none', 'ngr', false, ${tolerance}) returning id`,
      [watch.orgId, watch.connectionId],
    );
    await database.superuser.query(
      `insert into affiliate.deal_months (org_id, deal_id, month, first_version, last_version, ftd_count, ngr_minor, cpa_minor,
         revenue_share_minor, flat_minor, earned_minor, opening_minor, month_minor, pooled_minor, closing_minor, payable_minor, payable_on,
         reported_minor, computed_at)
       values ($1, $2, $3, 1, 1, 0, 0, $4, 0, 0, $4, 0, 0, 0, 0, 0, $3, $5, now())`,
      [watch.orgId, rows[0].id, first, earned, reported],
    );
  };
  const rule = (watch: Watch) =>
    watch.rule({ kind: 'commission_disagrees' }, { scope: { kind: 'connection', connectionId: null } });

  it.each([
    ['further than the amount it may be', '2026-10-01', 5000, 4899, '100, 100', 1],
    ['no further than that', '2026-10-01', 5000, 4900, '100, 100', 0],
    ['no further than the share, which is more', '2026-10-01', 50_000, 50_500, '100, 100', 0],
    ['further than the share', '2026-10-01', 50_000, 50_501, '100, 100', 1],
    ['of a month that is not over', '2026-11-01', 5000, 0, '100, 100', 0],
    ['of a month long ago', '2026-07-01', 5000, 0, '100, 100', 0],
    ['of a deal that is not compared', '2026-10-01', 5000, 0, 'null, null', 0],
  ])('weighs a network’s figure that is %s', async (_what, first, earned, reported, tolerance, expected) => {
    const watch = await openWatch(database);
    await rule(watch);
    await month(watch, first, earned, reported, tolerance);
    expect(await watch.evaluate('2026-11-16T09:00:00Z')).toBe(expected);
  });

  it('tells of a month when its network has told all of it, of each deal by itself, once', async () => {
    const watch = await openWatch(database);
    await rule(watch);
    await month(watch, '2026-11-01', 5000, 0);
    await month(watch, '2026-11-01', 0, 7000);
    const raised = [await watch.evaluate('2026-11-30T23:59:59Z'), await watch.evaluate('2026-12-01T00:00:00Z')];
    await watch.tell({ '2026-11-29': {} }, '2026-12-01T09:00:00Z');
    raised.push(await watch.evaluate('2026-12-01T09:00:00Z'));
    await watch.tell({ '2026-11-30': {} }, '2026-12-01T10:00:00Z');
    raised.push(await watch.evaluate('2026-12-01T10:00:00Z'), await watch.evaluate('2026-12-02T00:00:00Z'));
    expect(raised).toEqual([0, 0, 0, 2, 0]);
    expect((await watch.raised()).map(({ window }) => window)).toEqual([
      '2026-11-01/2026-11-30',
      '2026-11-01/2026-11-30',
    ]);
  });

  it('waits a week for a network that does not tell the end of the month, and no longer', async () => {
    const watch = await openWatch(database);
    await rule(watch);
    await month(watch, '2026-11-01', 5000, 0);
    expect(await watch.evaluate('2026-12-07T23:59:59Z')).toBe(0);
    expect(await watch.evaluate('2026-12-08T00:00:00Z')).toBe(1);
  });

  it('says nothing of a month of which days are to be computed anew', async () => {
    const watch = await openWatch(database);
    await rule(watch);
    await month(watch, '2026-10-01', 5000, 0);
    const inTenant = { database: database.worker, orgId: watch.orgId };
    const now = new Date('2026-11-16T09:00:00Z');
    const raisedWith = (day: string) =>
      withTenant(inTenant, async (tx) => {
        await markDays(tx, [day], now);
        return (await evaluateRules(tx, { now })).raised;
      });
    expect(await raisedWith('2026-10-31')).toBe(0);
    await watch.clearDirtyDays();
    expect(await raisedWith('2026-11-01')).toBe(1);
  });

  it('tells of all there are, however many', async () => {
    const watch = await openWatch(database);
    await rule(watch);
    await month(watch, '2026-09-01', 5000, 0);
    const { orgId } = watch;
    await database.superuser.query(
      `insert into affiliate.deals select (jsonb_populate_record(d, jsonb_build_object('id', uuidv7()))).*
       from affiliate.deals d, generate_series(1, 1000) where d.org_id = $1`,
      [orgId],
    );
    await database.superuser.query(
      `insert into affiliate.deal_months select (jsonb_populate_record(m, jsonb_build_object('deal_id', d.id, 'month', '2026-10-01'::date))).*
       from affiliate.deal_months m join affiliate.deals d on d.org_id = m.org_id and d.id <> m.deal_id where m.org_id = $1`,
      [orgId],
    );
    expect(await watch.evaluate('2026-11-16T09:00:00Z')).toBe(1001);
  });
});
