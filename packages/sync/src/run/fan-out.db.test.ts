import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { DueConnection } from './claim-due.ts';
import { type FanOut, fanOut } from './fan-out.ts';

const now = new Date('2026-11-21T12:00:00Z');
const minute = 60_000;

describe('fanning out', () => {
  let database: TestDatabase;
  let orgId: string;
  let sent: DueConnection[];
  beforeAll(async () => {
    database = await testDatabase();
    orgId = await createOrganization(database);
  });
  beforeEach(async () => {
    sent = [];
    await database.superuser.query(`delete from sync.connections`);
    await database.superuser.query(
      `insert into sync.connections (org_id, provider, account_ref, next_run_at)
       select $1, 'square', n, $2::timestamptz - make_interval(mins => n) from generate_series(1, 45) n`,
      [orgId, now],
    );
  });
  const start = (changed: Partial<FanOut> = {}) =>
    fanOut({
      system: database.system,
      clock: () => now,
      intervals: { square: 15 * minute },
      send: async (due) => void sent.push(...due),
      mayGoOn: () => true,
      atMost: 20,
      ...changed,
    });
  const distinct = () => new Set(sent.map(({ connectionId }) => connectionId)).size;

  it('goes on until nothing is due', async () => {
    expect(await start()).toBe(45);
    expect([sent.length, distinct()]).toEqual([45, 45]);
    expect(await start()).toBe(0);
  });

  it('leaves to the next tick what there is no time for, and claims no more than it sends', async () => {
    let claims = 2;
    expect(await start({ mayGoOn: () => --claims > 0 })).toBe(40);
    expect(await start()).toBe(5);
    expect(distinct()).toBe(45);
  });

  it('that cannot send ends with nothing on its way, and sends it all two minutes later', async () => {
    let onTheirWay = 0;
    const send = async () => {
      onTheirWay += 1;
      const isFirst = onTheirWay === 1;
      // The first fails while the others are still at it.
      for (let turn = 0; turn < (isFirst ? 1 : 20); turn += 1) await new Promise(setImmediate);
      onTheirWay -= 1;
      throw new Error('away');
    };
    await expect(start({ send })).rejects.toThrow('away');
    expect(onTheirWay).toBe(0);
    expect(await start({ clock: () => new Date(now.getTime() + 2 * minute) })).toBe(45);
    expect(distinct()).toBe(45);
  });
});
