import { randomUUID } from 'node:crypto';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../connection/connect.ts';
import { closeRun } from './close-run.ts';
import { holdLease, LeaseLost, type OpenRun, openRun } from './open-run.ts';
import { reapRuns } from './reap-runs.ts';

const now = new Date('2026-11-21T12:00:00Z');

describe('a run that was left behind', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function begin() {
    const orgId = await createOrganization(database);
    const account = { orgId, provider: 'square', accountRef: randomUUID() };
    const { connectionId } = await withSystem(database.system, (tx) => connect(tx, account));
    const asWorker = { database: database.worker, orgId };
    const open = () => withTenant(asWorker, (tx) => openRun(tx, { connectionId, trigger: 'schedule', now }));
    const run = (await open()) as OpenRun;
    return { orgId, connectionId, asWorker, open, run };
  }
  const reap = (atMost = 100) => reapRuns(database.system, { now, atMost });
  const endLease = (connectionId: string) =>
    database.superuser.query(
      `update sync.connections set run_leased_until = now() - interval '1 second' where id = $1`,
      [connectionId],
    );
  const look = async (connectionId: string) =>
    (
      await database.superuser.query(
        `select r.status, r.reason, c.run_lease, c.failures from sync.runs r join sync.connections c on c.id = r.connection_id
         where c.id = $1 order by r.id`,
        [connectionId],
      )
    ).rows;

  it('is ended by the sweep once its lease has, and one that goes on is not', async () => {
    const [gone, alive] = [await begin(), await begin()];
    expect(await reap()).toEqual([]);
    await endLease(gone.connectionId);
    expect(await reap()).toEqual([{ orgId: gone.orgId, connectionId: gone.connectionId, runId: gone.run.runId }]);
    expect(await look(gone.connectionId)).toEqual([
      { status: 'failed', reason: 'left_behind', run_lease: null, failures: 1 },
    ]);
    expect(await look(alive.connectionId)).toMatchObject([{ status: 'running', failures: 0 }]);
    expect(await reap()).toEqual([]);
    expect(await gone.open()).not.toBeNull();
  });

  it('writes nothing any more if it was only slow', async () => {
    const { connectionId, asWorker, run } = await begin();
    await endLease(connectionId);
    await reap();
    await expect(withTenant(asWorker, (tx) => holdLease(tx, run))).rejects.toThrow(LeaseLost);
    const closing = { now, nextRunAt: null, bytes: 0, failedWindows: [] };
    await withTenant(asWorker, (tx) => closeRun(tx, run, { status: 'success', reason: null }, closing));
    expect(await look(connectionId)).toMatchObject([{ status: 'failed', reason: 'left_behind' }]);
  });

  it('is ended once by several who sweep at the same moment, and never with the one that took over', async () => {
    const left = await Promise.all(Array.from({ length: 12 }, begin));
    for (const { connectionId } of left) await endLease(connectionId);
    const [taken] = left;
    const [reaped] = await Promise.all([
      Promise.all(Array.from({ length: 6 }, () => reap(3))).then((found) => found.flat()),
      taken?.open(),
    ]);
    expect(new Set(reaped.map(({ runId }) => runId)).size).toBe(reaped.length);
    const rest = await reap();
    expect(reaped.length + rest.length).toBeGreaterThanOrEqual(11);
    for (const { connectionId } of left) {
      expect((await look(connectionId)).filter(({ status }) => status === 'running').length).toBeLessThanOrEqual(1);
    }
    expect(await look(taken?.connectionId ?? '')).toContainEqual(
      expect.objectContaining({ status: 'running', run_lease: expect.any(String) }),
    );
  });
});
