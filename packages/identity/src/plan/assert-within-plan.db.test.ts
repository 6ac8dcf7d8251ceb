import { randomUUID } from 'node:crypto';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { assertWithinPlan } from './assert-within-plan.ts';
import { changePlan } from './change-plan.ts';
import { planName, plans } from './plan.ts';

let database: TestDatabase;
let orgId: string;
beforeAll(async () => {
  database = await testDatabase();
  await database.superuser.query(
    'create table public.things (org_id uuid, id uuid default uuidv7()); grant select, insert on public.things to tributary_api',
  );
});
beforeEach(async () => {
  orgId = await createOrganization(database);
});

const putOn = (plan: string, org = orgId) =>
  withSystem(database.system, (tx) => changePlan({ tx, actor: 'office' }, { orgId: org, plan: planName.parse(plan) }));
/** Adds so many of what is counted as connections, then asks. */
const add = (things = 1, before: () => Promise<void> = async () => {}, org = orgId) =>
  withTenant({ database: database.api, orgId: org }, async (tx) => {
    await tx.query('insert into public.things (org_id) select $1 from generate_series(1, $2::int)', [org, things]);
    await before();
    await assertWithinPlan(tx, 'connections', async () => {
      const [row] = await tx.query<{ n: number }>('select count(*) as n from public.things where org_id = $1', [org]);
      return row?.n ?? 0;
    });
  });
const things = async (org = orgId): Promise<number> => {
  const { rows } = await database.superuser.query('select count(*)::int as n from public.things where org_id = $1', [
    org,
  ]);
  return rows[0].n;
};
const refusal = { code: 'plan_limit_reached', status: 409 };
const { connections: most } = plans.free as { connections: number };

describe('what a plan has room for', () => {
  it('S0-018 is refused beyond it, and leaves nothing', async () => {
    await putOn('free');
    await add(most);
    await expect(add()).rejects.toMatchObject(refusal);
    expect(await things()).toBe(most);
  });

  it('S0-018 is more on a larger plan, and on the largest as many as they like', async () => {
    await putOn('free');
    await add(most);
    await putOn('pro');
    await add();
    await putOn('enterprise');
    await add(5000);
    expect(await things()).toBe(most + 5001);
  });

  it('stays what it is on a smaller plan, and nothing is added to it', async () => {
    await add(most + 1);
    await putOn('free');
    await expect(add()).rejects.toMatchObject(refusal);
    expect(await things()).toBe(most + 1);
  });

  it('of one place, two who ask at once get one, whoever inserts first', async () => {
    await putOn('free');
    await add(most - 1);
    const bothInserted = Promise.withResolvers<void>();
    let waiting = 0;
    const meet = async () => {
      waiting += 1;
      if (waiting === 2) bothInserted.resolve();
      await bothInserted.promise;
    };
    const outcomes = await Promise.allSettled([add(1, meet), add(1, meet)]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject(refusal);
    expect(await things()).toBe(most);
  });

  it('of three places, three of thirty who ask at once get one each', async () => {
    await putOn('free');
    await add(most - 3);
    const outcomes = await Promise.allSettled(Array.from({ length: 30 }, () => add()));
    expect(outcomes.filter(({ status }) => status === 'fulfilled')).toHaveLength(3);
    expect(await things()).toBe(most);
  });

  it('is free again when who had the last place gives up', async () => {
    await putOn('free');
    await add(most - 1);
    const taken = Promise.withResolvers<void>();
    const giveUp = Promise.withResolvers<void>();
    const first = withTenant({ database: database.api, orgId }, async (tx) => {
      await tx.query('insert into public.things (org_id) values ($1)', [orgId]);
      await assertWithinPlan(tx, 'connections', async () => most);
      taken.resolve();
      await giveUp.promise;
      throw new Error('given up');
    });
    await taken.promise;
    const second = add();
    await waitsForALock();
    giveUp.resolve();
    await expect(first).rejects.toThrow('given up');
    await second;
    expect(await things()).toBe(most);
  });

  it('is not asked of others', async () => {
    const other = await createOrganization(database);
    await putOn('free');
    await add(most);
    await putOn('free', other);
    await add(most, undefined, other);
    expect([await things(), await things(other)]).toEqual([most, most]);
  });

  it('is of no organization that is not there', async () => {
    await expect(add(1, undefined, randomUUID())).rejects.toMatchObject({ code: 'not_found' });
    await expect(putOn('pro', randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });

  async function waitsForALock() {
    await vi.waitFor(async () => {
      const { rows } = await database.superuser.query(
        `select 1 from pg_stat_activity where datname = $1 and wait_event_type = 'Lock'`,
        [database.name],
      );
      expect(rows).toHaveLength(1);
    });
  }
});

describe('a plan', () => {
  const recorded = async () =>
    (
      await database.superuser.query(
        'select actor, action, target_type, target_id, before, after from audit.records where org_id = $1 order by id',
        [orgId],
      )
    ).rows;

  it('S0-018 is one of four, free for who begins, and the larger has room for no less', async () => {
    const { rows } = await database.superuser.query(
      `insert into identity.organizations (name) values ('new') returning plan`,
    );
    expect([rows, Object.keys(plans)]).toEqual([[{ plan: 'free' }], ['free', 'pro', 'business', 'enterprise']]);
    const rooms = Object.values(plans).map(({ connections, members, apiKeys, whiteLabel }) =>
      [connections, members, apiKeys, whiteLabel ? 1 : 0].map((room) => room ?? Number.POSITIVE_INFINITY),
    );
    for (const [index, room] of rooms.slice(1).entries()) {
      for (const [at, most] of room.entries()) expect(most).toBeGreaterThanOrEqual(rooms[index]?.[at] as number);
    }
  });

  it('is changed by the system and recorded once', async () => {
    expect([await putOn('pro'), await putOn('pro'), await putOn('free')]).toEqual(['enterprise', 'pro', 'pro']);
    const done = { actor: 'office', action: 'organization.plan', target_type: 'organization', target_id: orgId };
    expect(await recorded()).toEqual([
      { ...done, before: { plan: 'enterprise' }, after: { plan: 'pro' } },
      { ...done, before: { plan: 'pro' }, after: { plan: 'free' } },
    ]);
  });

  it.each(['api', 'worker'] as const)('is not changed by the organization itself (%s)', async (login) => {
    const change = withTenant({ database: database[login], orgId }, (tx) =>
      tx.query(`update identity.organizations set plan = 'enterprise' where id = $1`, [orgId]),
    );
    await expect(change).rejects.toMatchObject({ code: '42501' });
  });
});
