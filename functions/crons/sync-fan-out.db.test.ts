import { randomUUID } from 'node:crypto';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { type SyncMessage, syncMessage } from '@tributary/queue/message';
import { connect } from '@tributary/sync/connection/connect';
import { openRun } from '@tributary/sync/run/open-run';
import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { type CronPlace, openCronPlace } from './cron.fixture.ts';

const minute = 60_000;
const start = Date.parse('2026-11-21T12:00:00Z');

describe('the cron that sends word of what is due', () => {
  let place: CronPlace;
  let database: TestDatabase;
  let handler: typeof import('./sync-fan-out.ts').handler;

  beforeAll(async () => {
    vi.useFakeTimers({ toFake: ['Date'] });
    place = await openCronPlace('sync');
    ({ database } = place);
    ({ handler } = await import('./sync-fan-out.ts'));
  });
  beforeEach(() => sql(`update sync.connections set next_run_at = null`));

  const sql = async (text: string, ...values: unknown[]) => (await database.superuser.query(text, values)).rows;
  const tickAt = (ms: number, leftMs = 60_000) => {
    vi.setSystemTime(new Date(ms));
    return handler(undefined, { getRemainingTimeInMillis: () => leftMs });
  };

  /** So many connections of one organization that are due. */
  async function due(count: number, at = start): Promise<{ orgId: string; ids: string[] }> {
    const orgId = await createOrganization(database);
    const rows = await sql(
      `insert into sync.connections (org_id, provider, account_ref, next_run_at)
       select $1, 'square', gen_random_uuid(), $3 from generate_series(1, $2) returning id`,
      orgId,
      count,
      new Date(at),
    );
    return { orgId, ids: rows.map(({ id }) => id).sort() };
  }

  /** What is in the queue, taken out of it. */
  async function taken(): Promise<Extract<SyncMessage, { kind: 'sync' }>[]> {
    const messages: SyncMessage[] = [];
    await place.drain({
      batchSize: 10,
      maxConcurrency: 4,
      invoke: async ({ Records }) => {
        messages.push(...Records.map(({ body }) => syncMessage.parse(JSON.parse(body))));
        return { payload: { batchItemFailures: [] } };
      },
    });
    return messages.filter((message) => message.kind === 'sync');
  }
  const idsOf = (messages: readonly { connectionId: string }[]) =>
    messages.map(({ connectionId }) => connectionId).sort();

  it('sends one message each, of the schedule and with its slot', async () => {
    const { orgId, ids } = await due(1, start - 3 * minute);
    expect(await tickAt(start)).toMatchObject({ runs: 1 });
    const slot = new Date(start - 3 * minute).toISOString();
    expect(await taken()).toEqual([{ kind: 'sync', v: 1, orgId, connectionId: ids[0], trigger: 'schedule', slot }]);
    expect(await tickAt(start + minute)).toMatchObject({ runs: 0 });
  });

  it('sends ten thousand that are due in one minute, each once', async () => {
    const { ids } = await due(10_000);
    expect(await tickAt(start)).toMatchObject({ runs: 10_000 });
    expect(idsOf(await taken())).toEqual(ids);
  }, 120_000);

  it('F29: sends each once however many ticks come at the same moment: fifty times two', async () => {
    await due(25);
    for (let round = 0; round < 50; round += 1) {
      const at = start + round * 60 * minute;
      const sent = await Promise.all([tickAt(at), tickAt(at)]);
      expect(sent.reduce((sum, { runs }) => sum + runs, 0)).toBe(25);
    }
    const bySlot = Map.groupBy(await taken(), ({ connectionId, slot }) => `${connectionId} ${slot}`);
    expect(bySlot.size).toBe(50 * 25);
    for (const told of bySlot.values()) expect(told).toHaveLength(1);
  }, 120_000);

  it('missed for an hour sends each once', async () => {
    const { ids } = await due(3);
    await tickAt(start + 60 * minute);
    await tickAt(start + 61 * minute);
    expect(idsOf(await taken())).toEqual(ids);
  });

  it('loses nothing that the queue did not take: it is due again two minutes later', async () => {
    const { ids } = await due(30);
    await place.sqs.closeDoor();
    await expect(tickAt(start)).rejects.toMatchObject({ code: 'unavailable' });
    await place.sqs.openDoor();
    expect(await tickAt(start + minute)).toMatchObject({ runs: 0 });
    expect(await tickAt(start + 2 * minute)).toMatchObject({ runs: 30 });
    expect(idsOf(await taken())).toEqual(ids);
  });

  it('sends again what waited for a share of the workers, once there is room, and what was lost on its way', async () => {
    const { orgId, ids } = await due(1, start + 60 * minute);
    const [connectionId] = ids;
    await sql(
      `insert into sync.waiting_runs (org_id, connection_id, trigger, priority, since) values ($1, $2, 'operator', 1, $3)`,
      ...[orgId, connectionId, new Date(start)],
    );
    const again = { kind: 'sync', v: 1, orgId, connectionId, trigger: 'operator' };
    expect(await tickAt(start)).toMatchObject({ released: 1, runs: 0 });
    expect(await taken()).toEqual([again]);
    expect(await tickAt(start + minute)).toMatchObject({ released: 0 });
    expect(await tickAt(start + 10 * minute)).toMatchObject({ released: 1 });
    expect(await taken()).toEqual([again]);
    await sql('delete from sync.waiting_runs');
  });

  it('ends runs that were left behind', async () => {
    const orgId = await createOrganization(database);
    const account = { orgId, provider: 'square', accountRef: randomUUID() };
    const { connectionId } = await withSystem(database.system, (tx) => connect(tx, account));
    await withTenant({ database: database.worker, orgId }, (tx) =>
      openRun(tx, { connectionId, trigger: 'schedule', now: new Date(start) }),
    );
    expect(await tickAt(start)).toMatchObject({ leftBehind: 0 });
    await sql(`update sync.connections set run_leased_until = now() - interval '1 second' where id = $1`, connectionId);
    expect(await tickAt(start)).toMatchObject({ leftBehind: 1 });
    expect(await sql('select status, reason from sync.runs where connection_id = $1', connectionId)).toEqual([
      { status: 'failed', reason: 'left_behind' },
    ]);
  });
});
