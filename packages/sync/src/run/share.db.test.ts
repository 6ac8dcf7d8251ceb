import { randomUUID } from 'node:crypto';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect } from '../connection/connect.ts';
import { claimDue } from './claim-due.ts';
import { closeRun } from './close-run.ts';
import { type OpenRun, openRun, type RunTrigger } from './open-run.ts';
import { releaseWaiting } from './release-waiting.ts';
import { holdBack, share, workers } from './share.ts';

const now = new Date('2026-11-21T12:00:00Z');
const minute = 60_000;
const after = (minutes: number) => new Date(now.getTime() + minutes * minute);

interface Asking {
  trigger?: RunTrigger;
  slot?: Date;
  at?: Date;
}

describe('the share of the workers that an organization has', () => {
  let database: TestDatabase;
  let orgId: string;
  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    await sql('delete from sync.waiting_runs');
    await sql(`update sync.connections set next_run_at = null, run_lease = null, run_leased_until = null`);
    orgId = await createOrganization(database);
    // Somebody else is due soon.
    await sql('update sync.connections set next_run_at = $2 where id = $1', await open(await anybody()), after(1));
  });

  const sql = async (text: string, ...values: unknown[]) => (await database.superuser.query(text, values)).rows;
  const anybody = () => createOrganization(database);
  async function open(owner = orgId): Promise<string> {
    const account = { orgId: owner, provider: 'square', accountRef: randomUUID() };
    const { connectionId } = await withSystem(database.system, (tx) => connect(tx, account));
    await sql('update sync.connections set priority = 0 where id = $1', connectionId);
    return connectionId;
  }
  const openAll = async (count: number) => {
    const ids = [];
    for (let opened = 0; opened < count; opened += 1) ids.push(await open());
    return ids;
  };
  const begin = (connectionId: string, { trigger = 'schedule', slot, at = now }: Asking = {}, owner = orgId) =>
    withTenant({ database: database.worker, orgId: owner }, async (tx) => {
      const asked = { connectionId, trigger, slot, now: at };
      return (await holdBack(tx, asked)) ? ('held' as const) : openRun(tx, asked);
    });
  const end = (run: Awaited<ReturnType<typeof begin>>) => {
    const closing = { now, nextRunAt: null, bytes: 0, failedWindows: [] };
    return withTenant({ database: database.worker, orgId }, (tx) =>
      closeRun(tx, run as OpenRun, { status: 'success', reason: null }, closing),
    );
  };
  const release = async (at = now, owner: string | undefined = orgId) => {
    const released = await releaseWaiting(database.system, { now: at, ...(owner && { orgId: owner }) });
    return released.map(({ connectionId }) => connectionId);
  };
  const waiting = async () =>
    (await sql('select connection_id from sync.waiting_runs where org_id = $1 order by since', orgId)).map(
      (row) => row.connection_id,
    );

  it('lets so many runs begin, however many ask in the same moment; the others wait, once each', async () => {
    const ids = await openAll(8);
    const begun = await Promise.all([...ids, ...ids].map((id) => begin(id)));
    const running = begun.filter((run): run is OpenRun => run !== 'held' && run !== null);
    expect(running).toHaveLength(share);
    expect((await waiting()).toSorted()).toEqual(
      ids.filter((id) => !running.some(({ connectionId }) => connectionId === id)).toSorted(),
    );
  });

  it('lets one in for each that ends, as it was asked for: what somebody waits for first, then what waited longest', async () => {
    const [one = '', two = '', third = '', fourth = '', wanted = ''] = await openAll(5);
    await sql('update sync.connections set priority = 1 where id = $1', wanted);
    const [first, second] = [await begin(one), await begin(two)];
    const slot = after(-3);
    expect(await begin(third, { slot })).toBe('held');
    expect(await begin(fourth, { at: after(1) })).toBe('held');
    expect(await begin(wanted, { at: after(2), trigger: 'operator' })).toBe('held');
    expect(await release()).toEqual([]);
    await end(first);
    expect(await releaseWaiting(database.system, { now, orgId })).toEqual([
      { kind: 'sync', orgId, connectionId: wanted, trigger: 'operator' },
    ]);
    expect(await release()).toEqual([]);
    await end(second);
    expect(await releaseWaiting(database.system, { now, orgId })).toEqual([
      { kind: 'sync', orgId, connectionId: third, trigger: 'schedule', slot: slot.toISOString() },
    ]);
    expect(await begin(third, { slot })).toMatchObject({ connectionId: third });
    expect(await begin(wanted)).toMatchObject({ connectionId: wanted });
    expect(await waiting()).toEqual([fourth]);
  });

  it('counts those that were let in and are on their way: nobody takes their place', async () => {
    const [one = '', two = '', third = '', other = ''] = await openAll(4);
    const first = await begin(one);
    await begin(two);
    await begin(third);
    await end(first);
    expect(await release()).toEqual([third]);
    expect(await begin(other)).toBe('held');
    expect(await begin(third)).toMatchObject({ connectionId: third });
  });

  it('counts no run whose worker is gone', async () => {
    const [one = '', two = '', third = ''] = await openAll(3);
    await begin(one);
    await begin(two);
    await sql(`update sync.connections set run_leased_until = now() - interval '1 second' where id = $1`, one);
    expect(await begin(third)).toMatchObject({ connectionId: third });
  });

  it('has nothing wait of a connection that is pulled from already, or is not active', async () => {
    const [one = '', two = '', paused = ''] = await openAll(3);
    await begin(one);
    await begin(two);
    await sql(`update sync.connections set status = 'paused' where id = $1`, paused);
    expect(await begin(one)).toBeNull();
    expect(await begin(paused)).toBeNull();
    expect(await waiting()).toEqual([]);
  });

  describe('is all workers', () => {
    const holdSome = async () => {
      const ids = await openAll(workers + 2);
      for (const id of ids) await begin(id);
      return ids.slice(share);
    };
    const nobodyElse = () => sql('update sync.connections set next_run_at = null where org_id <> $1', orgId);

    it('while nothing of anybody else is due or will be soon', async () => {
      const held = await holdSome();
      expect(await release()).toEqual([]);
      await nobodyElse();
      expect(await release()).toEqual(held.slice(0, workers - share));
      expect(await release()).toEqual([]);
    });

    it('but not while somebody else has some that wait', async () => {
      await holdSome();
      await nobodyElse();
      const other = await anybody();
      await sql(
        `insert into sync.waiting_runs (org_id, connection_id, trigger, priority, since) values ($1, $2, 'schedule', 0, $3)`,
        ...[other, await open(other), now],
      );
      expect(await release()).toEqual([]);
    });

    it('but those that others are at', async () => {
      const held = await holdSome();
      await nobodyElse();
      const other = await anybody();
      await begin(await open(other), {}, other);
      expect(await release()).toEqual(held.slice(0, workers - share - 1));
    });

    it('as if nobody else were there, where only suspended organizations are due', async () => {
      const held = await holdSome();
      await nobodyElse();
      const other = await anybody();
      await sql('update sync.connections set next_run_at = $2 where id = $1', await open(other), now);
      await sql(`update identity.organizations set status = 'suspended' where id = $1`, other);
      expect(await release()).toHaveLength(Math.min(held.length, workers - share));
    });
  });

  describe('by the schedule', () => {
    const everybody = (at = now) => release(at, '');

    it('is given to whoever has it left, and not to suspended organizations', async () => {
      const [one = '', two = '', third = ''] = await openAll(3);
      const first = await begin(one);
      await begin(two);
      await begin(third);
      await end(first);
      await sql(`update identity.organizations set status = 'suspended' where id = $1`, orgId);
      expect(await everybody()).toEqual([]);
      await sql(`update identity.organizations set status = 'active' where id = $1`, orgId);
      expect(await everybody()).toEqual([third]);
    });

    it('is given again, ten minutes later, to what was lost on its way', async () => {
      const [one = '', two = '', third = ''] = await openAll(3);
      const first = await begin(one);
      await begin(two);
      await begin(third);
      await end(first);
      expect(await release()).toEqual([third]);
      expect(await everybody(after(9))).toEqual([]);
      expect(await everybody(after(10))).toEqual([third]);
    });

    it('is given to no more than it has room for, by several at the same moment', async () => {
      const ids = await openAll(12);
      const runs: Awaited<ReturnType<typeof begin>>[] = [];
      for (const id of ids) runs.push(await begin(id));
      for (const run of runs) if (run !== 'held') await end(run);
      for (let round = 0; round < 10; round += 1) {
        await sql('update sync.waiting_runs set released_at = null');
        const asking = Array.from({ length: 6 }, (_, place) => release(now, place % 2 ? '' : orgId));
        expect((await Promise.all(asking)).flat()).toHaveLength(share);
      }
    });
  });

  it('does not matter to what is claimed until a thousand wait for it: then no more of that organization is', async () => {
    const [due = ''] = await openAll(1);
    await sql('update sync.connections set next_run_at = $2 where id = $1', due, now);
    const wait = (count: number) =>
      sql(
        `with more as (
           insert into sync.connections (org_id, provider, account_ref) select $1, 'square', gen_random_uuid() from generate_series(1, $2) returning id
         )
         insert into sync.waiting_runs (org_id, connection_id, trigger, priority, since) select $1, id, 'schedule', 0, $3 from more`,
        ...[orgId, count, now],
      );
    const claim = async () =>
      (await claimDue(database.system, { now, intervals: { square: minute }, atMost: 10 })).due.map(
        ({ connectionId }) => connectionId,
      );
    await wait(1_000);
    expect(await claim()).not.toContain(due);
    await sql(
      `delete from sync.waiting_runs where org_id = $1 and connection_id = (select min(connection_id::text)::uuid from sync.waiting_runs where org_id = $1)`,
      orgId,
    );
    expect(await claim()).toContain(due);
  });
});
