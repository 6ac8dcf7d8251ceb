import { randomUUID } from 'node:crypto';
import { showId } from '@tributary/core/ids';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { claimDue } from '../run/claim-due.ts';
import { holdLease, LeaseLost, type OpenRun, openRun } from '../run/open-run.ts';
import { connect, disconnect } from './connect.ts';
import { connectUnpulled } from './connect-unpulled.ts';
import { pauseConnection } from './pause-connection.ts';
import { requestRun } from './request-run.ts';
import { resumeConnection } from './resume-connection.ts';

const now = new Date('2026-11-21T12:00:00Z');

describe('a connection', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function open() {
    const orgId = await createOrganization(database);
    const account = { orgId, provider: 'square', accountRef: randomUUID() };
    const { connectionId } = await withSystem(database.system, (tx) => connect(tx, account));
    await database.superuser.query('update sync.connections set next_run_at = $2, priority = 0 where id = $1', [
      connectionId,
      now,
    ]);
    const input = { connectionId: showId('connection', connectionId) };
    const act = <Result>(
      verb: (context: Parameters<typeof pauseConnection>[0], given: typeof input) => Promise<Result>,
      owner = orgId,
    ) => withTenant({ database: database.api, orgId: owner }, (tx) => verb({ tx, actor: 'ann', now }, input));
    return { orgId, connectionId, act };
  }
  const claim = async () => {
    const claimed = await claimDue(database.system, { now, intervals: { square: 60_000 }, atMost: 100 });
    return claimed.due.map(({ connectionId }) => connectionId);
  };
  const actions = async (orgId: string) =>
    (
      await database.superuser.query('select action from audit.records where org_id = $1 order by id', [orgId])
    ).rows.map(({ action }) => action);

  it('that is paused is not pulled from; resumed, it is due at once and goes ahead', async () => {
    const { orgId, connectionId, act } = await open();
    expect(await act(pauseConnection)).toMatchObject({ status: 'paused', nextRunAt: null });
    expect(await claim()).not.toContain(connectionId);
    expect(await act(resumeConnection)).toMatchObject({ status: 'active', nextRunAt: now.toISOString() });
    const { rows } = await database.superuser.query('select priority from sync.connections where id = $1', [
      connectionId,
    ]);
    expect(rows).toEqual([{ priority: 1 }]);
    expect(await claim()).toContain(connectionId);
    expect(await actions(orgId)).toEqual(['connection.pause', 'connection.resume']);
  });

  it('that is paused while it is pulled from writes nothing more, and begins nothing', async () => {
    const { orgId, connectionId, act } = await open();
    const asWorker = { database: database.worker, orgId };
    const opening = () => withTenant(asWorker, (tx) => openRun(tx, { connectionId, trigger: 'schedule', now }));
    const run = (await opening()) as OpenRun;
    await act(pauseConnection);
    await expect(withTenant(asWorker, (tx) => holdLease(tx, run))).rejects.toThrow(LeaseLost);
    expect(await opening()).toBeNull();
    await expect(act(requestRun)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('is paused and resumed as often as one likes, and recorded when it changes', async () => {
    const { orgId, act } = await open();
    await act(resumeConnection);
    await act(pauseConnection);
    await act(pauseConnection);
    expect(await actions(orgId)).toEqual(['connection.pause']);
  });

  it.each(['needs_reconnect', 'disconnected'])('that is %s is neither paused nor resumed', async (status) => {
    const { connectionId, act } = await open();
    await database.superuser.query(
      `update sync.connections set status = $2, next_run_at = null, disconnected_at = case $2 when 'disconnected' then now() end where id = $1`,
      [connectionId, status],
    );
    await expect(act(pauseConnection)).rejects.toMatchObject({ code: 'conflict' });
    await expect(act(resumeConnection)).rejects.toMatchObject({ code: 'conflict' });
  });

  it('of others is not there', async () => {
    const [{ act, orgId }, other] = [await open(), await open()];
    await expect(act(pauseConnection, other.orgId)).rejects.toMatchObject({ code: 'not_found' });
    expect(await actions(orgId)).toEqual([]);
  });

  it('that was paused and ended is pulled from when it is connected again', async () => {
    const { orgId, connectionId, act } = await open();
    await act(pauseConnection);
    await withSystem(database.system, async (tx) => {
      await disconnect(tx, { orgId, connectionId, at: new Date(Date.now() + 1000) });
      const { rows } = await database.superuser.query('select account_ref from sync.connections where id = $1', [
        connectionId,
      ]);
      await connect(tx, { orgId, provider: 'square', accountRef: rows[0].account_ref });
    });
    expect(await act(resumeConnection)).toMatchObject({ status: 'active' });
  });

  it.each([
    ['pulled from now', requestRun],
    ['paused', pauseConnection],
    ['resumed', resumeConnection],
  ] as const)('whose figures are brought by hand cannot be %s', async (_, verb) => {
    const orgId = await createOrganization(database);
    const context = { system: database.system, orgId, subject: 'ann' };
    const account = { provider: 'csv', accountRef: randomUUID(), name: null, also: async () => undefined };
    const connectionId = showId('connection', await connectUnpulled(context, account));
    const acting = withTenant(
      { database: database.api, orgId },
      (tx): Promise<unknown> => verb({ tx, actor: 'ann', now }, { connectionId }),
    );
    await expect(acting).rejects.toMatchObject({ code: 'conflict' });
    expect(await actions(orgId)).toEqual(['connection.connect']);
    expect(
      (await database.superuser.query('select status, next_run_at from sync.connections where org_id = $1', [orgId]))
        .rows,
    ).toEqual([{ status: 'active', next_run_at: null }]);
  });

  it('that somebody wants pulled from now goes ahead until a run of it has come to its end', async () => {
    const { connectionId, act } = await open();
    await act(requestRun);
    const { rows } = await database.superuser.query('select priority from sync.connections where id = $1', [
      connectionId,
    ]);
    expect(rows).toEqual([{ priority: 1 }]);
  });
});
