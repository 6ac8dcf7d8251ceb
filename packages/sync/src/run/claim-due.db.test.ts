import { withSystem } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../connection/connect.ts';
import { claimDue, scheduleNext } from './claim-due.ts';

const now = new Date('2026-11-21T12:00:00Z');
const minute = 60_000;

interface Kind {
  provider?: 'square' | 'clover' | 'xero';
  status?: string;
  owner?: string;
}

const intervals = { square: 15 * minute, xero: 60 * minute };

describe('connections that are due', () => {
  let database: TestDatabase;
  let orgId: string;
  beforeAll(async () => {
    database = await testDatabase();
    orgId = await createOrganization(database);
  });
  afterEach(async () => {
    await database.superuser.query('update sync.connections set next_run_at = null');
  });

  let opened = 0;
  async function due(
    at: Date | null,
    { provider = 'square', status = 'active', owner = orgId }: Kind = {},
  ): Promise<string> {
    opened += 1;
    const account = { orgId: owner, provider, accountRef: `account ${opened}` };
    const { connectionId } = await withSystem(database.system, (tx) => connect(tx, account));
    await database.superuser.query('update sync.connections set next_run_at = $2, status = $3 where id = $1', [
      connectionId,
      at,
      status,
    ]);
    return connectionId;
  }
  const claim = async (atMost = 500, at = now) => (await claimDue(database.system, { now: at, intervals, atMost })).due;
  const claimAndSchedule = async (at: Date) => {
    const claimed = await claimDue(database.system, { now: at, intervals, atMost: 500 });
    await scheduleNext(database.system, claimed, { now: at, intervals });
    return claimed.due;
  };
  const ago = (minutes: number) => new Date(now.getTime() - minutes * minute);

  it('are claimed once by twenty who look at the same moment', async () => {
    const ids = [];
    for (let connection = 0; connection < 100; connection += 1) ids.push(await due(ago(connection)));
    const claimed = await Promise.all(Array.from({ length: 20 }, () => claim(10)));
    expect(
      claimed
        .flat()
        .map(({ connectionId }) => connectionId)
        .sort(),
    ).toEqual(ids.sort());
    expect(await claim()).toEqual([]);
  });

  it('are not those of a later time, of none, of another status, or of a provider that is not pulled from', async () => {
    await due(new Date(now.getTime() + 1));
    await due(null);
    await due(ago(1), { status: 'needs_reconnect' });
    await due(ago(1), { provider: 'clover' });
    const connectionId = await due(now);
    expect(await claim()).toMatchObject([{ orgId, connectionId }]);
  });

  it('are not those of a suspended organization: they stay due, and are claimed once it is back', async () => {
    const connectionId = await due(ago(1));
    const setStatus = (status: string) =>
      database.superuser.query('update identity.organizations set status = $2 where id = $1', [orgId, status]);
    await setStatus('suspended');
    expect(await claim()).toEqual([]);
    await setStatus('active');
    expect(await claim()).toMatchObject([{ orgId, connectionId }]);
  });

  const dueAt = async (connectionId: string): Promise<Date> =>
    (await database.superuser.query('select next_run_at as at from sync.connections where id = $1', [connectionId]))
      .rows[0].at;

  it('carry the time that the schedule had set, and are due again two minutes after they were claimed and not sent', async () => {
    const connectionId = await due(ago(7));
    expect(await claim()).toEqual([{ orgId, connectionId, slot: ago(7) }]);
    expect(await claim()).toEqual([]);
    expect(await claim(500, new Date(now.getTime() + 2 * minute - 1))).toEqual([]);
    expect(await claim(500, new Date(now.getTime() + 2 * minute))).toMatchObject([{ connectionId }]);
  });

  it('missed for hours are claimed once, and in turn again from then on', async () => {
    const connectionId = await due(ago(6 * 60));
    expect(await claimAndSchedule(now)).toHaveLength(1);
    expect((await dueAt(connectionId)).getTime()).toBeGreaterThanOrEqual(now.getTime() + 0.9 * 15 * minute);
  });

  it('keep the time that a run has set while they were being sent', async () => {
    const connectionId = await due(ago(1));
    const claimed = await claimDue(database.system, { now, intervals, atMost: 500 });
    const later = new Date(now.getTime() + 90 * minute);
    await database.superuser.query('update sync.connections set next_run_at = $2 where id = $1', [connectionId, later]);
    await scheduleNext(database.system, claimed, { now, intervals });
    expect(await dueAt(connectionId)).toEqual(later);
  });

  describe('of several organizations', () => {
    const inOrganization = async (owner: string, count: number, since = 0) => {
      const ids = [];
      for (let at = 0; at < count; at += 1) ids.push(await due(ago(since + count - at), { owner }));
      return ids;
    };
    const withPriority = (ids: readonly string[], priority: number) =>
      database.superuser.query('update sync.connections set priority = $2 where id = any ($1)', [ids, priority]);

    it('are claimed in turns: one with many, long due, leaves the others theirs', async () => {
      const [large, small, other] = [await createOrganization(database), await createOrganization(database), orgId];
      const many = await inOrganization(large, 30, 60);
      const few = [...(await inOrganization(small, 2)), ...(await inOrganization(other, 2))];
      await withPriority([...many, ...few], 0);
      const claimed = await claim(6);
      expect(claimed.map(({ connectionId }) => connectionId).sort()).toEqual([...many.slice(0, 2), ...few].sort());
      expect(new Set(claimed.slice(0, 3).map(({ orgId }) => orgId)).size).toBe(3);
    });

    it('go ahead where somebody waits for them, ten turns and no more', async () => {
      const [large, small] = [await createOrganization(database), await createOrganization(database)];
      const [many, few] = [await inOrganization(large, 30, 60), await inOrganization(small, 3)];
      await withPriority(few, 0);
      await withPriority(many, 1);
      const turns = (await claim(13)).map(({ orgId }) => (orgId === large ? 'large' : 'small'));
      expect(turns.slice(0, 10)).toEqual(Array(10).fill('large'));
      expect(turns.slice(10).filter((turn) => turn === 'small')).toHaveLength(1);
      const [waited] = few.slice(-1);
      await withPriority(many, 0);
      await withPriority([waited ?? ''], 1);
      expect(await claim(1)).toMatchObject([{ connectionId: waited }]);
    });
  });

  describe('by clocks that jump', () => {
    const transitions = [
      '2026-03-29T01:00:00Z',
      '2026-10-25T01:00:00Z',
      '2026-03-08T07:00:00Z',
      '2026-11-01T06:00:00Z',
    ];
    const jumps = [0, 288, -288];
    const everyMs = 15 * minute;

    it.each(transitions.flatMap((at) => jumps.map((seconds) => [at, seconds] as const)))(
      'F19: around %s, %i s off for a quarter of an hour, double and skip no slot',
      async (at, seconds) => {
        const began = Date.parse(at) - 90 * minute;
        const connectionId = await due(new Date(began));
        const claimedAt: number[] = [];
        for (let tick = 0; tick < 180; tick += 1) {
          const trueMs = began + tick * minute;
          const offMs = tick >= 80 && tick < 95 ? seconds * 1000 : 0;
          const claimed = await claimAndSchedule(new Date(trueMs + offMs));
          if (claimed.some((one) => one.connectionId === connectionId)) claimedAt.push(trueMs);
        }
        const gaps = claimedAt.slice(1).map((ms, index) => ms - (claimedAt[index] ?? 0));
        const offMs = Math.abs(seconds) * 1000;
        expect(Math.min(...gaps)).toBeGreaterThanOrEqual(0.9 * everyMs - offMs);
        expect(Math.max(...gaps)).toBeLessThanOrEqual(1.1 * everyMs + offMs + minute);
        expect(claimedAt.length).toBeGreaterThanOrEqual(10);
      },
    );
  });

  it('are claimed longest due first', async () => {
    const [late, later] = [await due(ago(2)), await due(ago(1))];
    expect(await claim(1)).toMatchObject([{ connectionId: late }]);
    expect(await claim(1)).toMatchObject([{ connectionId: later }]);
  });

  it('come back after their provider’s interval, a tenth more or less, each at a time of its own', async () => {
    for (let connection = 0; connection < 40; connection += 1) await due(now);
    const slow = await due(now, { provider: 'xero' });
    await claimAndSchedule(now);
    const { rows } = await database.superuser.query(
      'select id, next_run_at from sync.connections where next_run_at is not null',
    );
    const waits = rows.map(
      ({ id, next_run_at: at }) => (at.getTime() - now.getTime()) / (id === slow ? 60 : 15) / minute,
    );
    for (const share of waits) expect(share).toSatisfy((part: number) => part >= 0.9 && part <= 1.1);
    expect(new Set(waits).size).toBeGreaterThan(35);
    expect(Math.max(...waits) - Math.min(...waits)).toBeGreaterThan(0.1);
  });
});
