import { randomUUID } from 'node:crypto';
import { type Transaction, withSystem } from '@tributary/db/transaction';
import { plans } from '@tributary/identity/plan/plan';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connect, disconnect } from './connect.ts';

describe('connecting on a plan', () => {
  let database: TestDatabase;
  let orgId: string;
  const most = plans.free.connections as number;
  const refusal = { code: 'plan_limit_reached', status: 409 };
  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    orgId = await createOrganization(database);
    await putOn('free');
  });

  const putOn = (plan: string) =>
    database.superuser.query('update identity.organizations set plan = $2 where id = $1', [orgId, plan]);
  const system = <T>(work: (tx: Transaction) => Promise<T>) => withSystem(database.system, work);
  const connectAll = (accountRefs: readonly string[]) =>
    system(async (tx) => {
      const connected = [];
      for (const accountRef of accountRefs)
        connected.push(await connect(tx, { orgId, provider: 'square', accountRef }));
      return connected;
    });
  const connectOne = async (accountRef: string = randomUUID()) => ({
    accountRef,
    ...(await connectAll([accountRef]))[0],
  });
  const fill = async (count: number) => {
    const made = [];
    for (let index = 0; index < count; index += 1) made.push(await connectOne());
    return made as { accountRef: string; connectionId: string }[];
  };
  const end = (connectionId: string) => system((tx) => disconnect(tx, { orgId, connectionId, at: new Date() }));
  const held = async () => {
    const { rows } = await database.superuser.query(
      `select (select count(*)::int from sync.connections where org_id = $1 and status <> 'disconnected') as live,
         (select count(*)::int from sync.routes where org_id = $1 and active) as routed,
         (select count(*)::int from sync.connections where org_id = $1) as all`,
      [orgId],
    );
    return rows[0];
  };

  it('S0-018 is refused when it has no room, and leaves nothing', async () => {
    await fill(most);
    await expect(connectOne()).rejects.toMatchObject(refusal);
    expect(await held()).toEqual({ live: most, routed: most, all: most });
    await putOn('pro');
    await connectOne();
    expect(await held()).toMatchObject({ live: most + 1 });
  });

  it('again what is connected takes no room, even on a plan that is too small for what there is', async () => {
    await putOn('pro');
    const made = await fill(most + 2);
    await putOn('free');
    const again = await Promise.all(made.map(({ accountRef }) => connectOne(accountRef)));
    expect(again.map(({ connectionId }) => connectionId)).toEqual(made.map(({ connectionId }) => connectionId));
    await expect(connectOne()).rejects.toMatchObject(refusal);
  });

  it('takes the room of what was disconnected, which then finds none to come back', async () => {
    const [first] = await fill(most);
    await end(first?.connectionId as string);
    await connectOne();
    await expect(connectOne(first?.accountRef)).rejects.toMatchObject(refusal);
    expect(await held()).toEqual({ live: most, routed: most, all: most + 1 });
  });

  it('gives the last place to one of two who connect at once', async () => {
    await fill(most - 1);
    const outcomes = await Promise.allSettled([connectOne(), connectOne()]);
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
    expect(outcomes.find((outcome) => outcome.status === 'rejected')?.reason).toMatchObject(refusal);
    expect(await held()).toEqual({ live: most, routed: most, all: most });
  });

  it('gives it to both of two who connect the same account', async () => {
    await fill(most - 1);
    const accountRef = randomUUID();
    const [one, other] = await Promise.all([connectOne(accountRef), connectOne(accountRef)]);
    expect(one.connectionId).toBe(other.connectionId);
    expect(await held()).toMatchObject({ live: most });
  });

  it('connects accounts together or not at all', async () => {
    await fill(most - 1);
    await expect(connectAll([randomUUID(), randomUUID()])).rejects.toMatchObject(refusal);
    expect(await held()).toMatchObject({ all: most - 1 });
  });

  it('waits for nobody who waits for it: the same accounts in whatever order', async () => {
    const refs = Array.from({ length: most }, () => randomUUID());
    const orders = Array.from({ length: 12 }, (_, turn) =>
      refs.map((_ref, at) => refs[(at * 3 + turn) % most] as string),
    );
    const before = await deadlocks();
    await Promise.all(orders.map(connectAll));
    expect(await held()).toEqual({ live: most, routed: most, all: most });
    expect(await deadlocks()).toBe(before);
  });

  async function deadlocks(): Promise<number> {
    await database.superuser.query('select pg_stat_force_next_flush()');
    const sql = 'select deadlocks::int from pg_stat_database where datname = $1';
    return (await database.superuser.query(sql, [database.name])).rows[0].deadlocks;
  }
});
