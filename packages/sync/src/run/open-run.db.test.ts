import { withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { connect } from '../connection/connect.ts';
import { closeRun } from './close-run.ts';
import { type OpenRun, openRun } from './open-run.ts';

const now = new Date('2026-11-21T12:00:00Z');

describe('a slot of the schedule', () => {
  let database: TestDatabase;
  let orgId: string;
  let connectionId: string;
  beforeAll(async () => {
    database = await testDatabase();
    orgId = await createOrganization(database);
    const account = { orgId, provider: 'square', accountRef: 'account' };
    ({ connectionId } = await withSystem(database.system, (tx) => connect(tx, account)));
  });
  const asWorker = () => ({ database: database.worker, orgId });
  const open = (slot?: Date) =>
    withTenant(asWorker(), (tx) => openRun(tx, { connectionId, trigger: 'schedule', slot, now }));
  const close = (run: OpenRun) => {
    const closing = { now, nextRunAt: null, bytes: 0, failedWindows: [] };
    return withTenant(asWorker(), (tx) => closeRun(tx, run, { status: 'success', reason: null }, closing));
  };
  const runs = async () =>
    (
      await database.superuser.query('select slot, reason from sync.runs where connection_id = $1 order by id', [
        connectionId,
      ])
    ).rows;

  it('F29: told of twice is served by one run, whether the other worker comes at once, in between or late: fifty times', async () => {
    for (let round = 0; round < 50; round += 1) {
      const slot = new Date(now.getTime() + round * 1000);
      const pull = async () => {
        const run = await open(slot);
        if (run !== null) await close(run);
        return run;
      };
      const begun = [...(await Promise.all([pull(), pull()])), await pull()];
      expect(begun.filter((run) => run !== null)).toHaveLength(1);
    }
    const served = (await runs()).map(({ slot }) => slot.getTime());
    expect(served).toHaveLength(50);
    expect(new Set(served).size).toBe(50);
  });

  it('is served again when its run was left behind', async () => {
    const slot = new Date('2026-11-21T13:00:00Z');
    expect(await open(slot)).not.toBeNull();
    expect(await open(slot)).toBeNull();
    await database.superuser.query(`update sync.connections set run_leased_until = now() - interval '1 second'`);
    const again = await open(slot);
    expect(again).not.toBeNull();
    await close(again as OpenRun);
    expect((await runs()).filter((run) => run.slot.getTime() === slot.getTime())).toMatchObject([
      { reason: 'left_behind' },
      { reason: null },
    ]);
  });

  it.each([
    ['success', null, 0],
    ['partial', 'facts_refused', 0],
    ['partial', 'provider_unauthorized', 0],
    ['partial', 'out_of_time', 1],
    ['partial', 'provider_slow', 1],
    ['partial', 'provider_rate_limited', 1],
    ['failed', 'provider_unavailable', 1],
  ] as const)(
    'of a connection somebody waits for, its run ending as %s (%s), leaves it a priority of %i',
    async (status, reason, priority) => {
      await database.superuser.query('update sync.connections set priority = 1 where id = $1', [connectionId]);
      const run = (await open()) as OpenRun;
      const closing = { now, nextRunAt: null, bytes: 0, failedWindows: [] };
      await withTenant(asWorker(), (tx) => closeRun(tx, run, { status, reason }, closing));
      const { rows } = await database.superuser.query('select priority from sync.connections where id = $1', [
        connectionId,
      ]);
      expect(rows).toEqual([{ priority }]);
    },
  );

  it('stands in the way of nobody who asks without one', async () => {
    for (let round = 0; round < 2; round += 1) {
      const run = await open();
      expect(run).not.toBeNull();
      await close(run as OpenRun);
    }
  });
});
