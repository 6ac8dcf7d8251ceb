import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { dyingAt } from './dying-database.fixture.ts';
import { type DueDay, findDueDays, findExpiredHolds } from './find-due.ts';
import { at, openProgramme } from './programme.fixture.ts';
import { runDaily } from './run-daily.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});
// The system login sees the organizations of all tests.
let own: Set<string>;
beforeEach(() => {
  own = new Set();
});

async function organizationIn(timeZone: string): Promise<string> {
  const orgId = await createOrganization(database);
  await database.superuser.query('update identity.organizations set time_zone = $2 where id = $1', [orgId, timeZone]);
  own.add(orgId);
  return orgId;
}

async function dueAt(time: string): Promise<DueDay[]> {
  return (await findDueDays(database.system, at(time))).due.filter(({ orgId }) => own.has(orgId));
}
const setStatus = (orgId: string, status: 'active' | 'suspended') =>
  database.superuser.query('update identity.organizations set status = $2 where id = $1', [orgId, status]);
const noteRun = (orgId: string, day: string, startedAt: string, finishedAt: string | null) =>
  database.superuser.query(
    `insert into loyalty.daily_runs (org_id, day, started_at, finished_at) values ($1, $2, $3, $4)
     on conflict (org_id, day) do update set started_at = excluded.started_at, finished_at = excluded.finished_at`,
    [orgId, day, startedAt, finishedAt],
  );

describe('findDueDays', () => {
  it('finds each organization once a day, at the first look after its midnight, all around the world', async () => {
    /** When June 11 of 2026 begins there, by UTC. */
    const midnights: Record<string, string> = {
      'Pacific/Kiritimati': '06-10T10:00',
      'Pacific/Auckland': '06-10T12:00',
      'Australia/Lord_Howe': '06-10T13:30',
      'Asia/Tokyo': '06-10T15:00',
      'Asia/Kathmandu': '06-10T18:15',
      UTC: '06-11T00:00',
      'America/St_Johns': '06-11T02:30',
      'America/New_York': '06-11T04:00',
      'America/Los_Angeles': '06-11T07:00',
      'Pacific/Pago_Pago': '06-11T11:00',
    };
    const zoneOf = new Map<string, string>();
    for (const zone of Object.keys(midnights)) zoneOf.set(await organizationIn(zone), zone);
    const found: string[] = [];
    for (let look = 0; look < 108; look += 1) {
      const now = new Date(Date.UTC(2026, 5, 10, 9, look * 15));
      for (const { orgId, day } of await dueAt(now.toISOString())) {
        if (day === '2026-06-11') found.push(`${zoneOf.get(orgId)} at ${now.toISOString().slice(5, 16)}`);
        await runDaily({ database: database.worker, orgId }, { day, now });
      }
    }
    expect(found).toEqual(Object.entries(midnights).map(([zone, time]) => `${zone} at ${time}`));
  }, 60_000);

  it('finds one that was never run, and again an hour after a run began that did not end', async () => {
    const orgId = await organizationIn('UTC');
    const due = [{ orgId, day: '2026-06-11' }];
    expect(await dueAt('2026-06-11T08:00:00Z')).toEqual(due);
    await noteRun(orgId, '2026-06-11', '2026-06-11T08:00:00Z', null);
    expect(await dueAt('2026-06-11T08:59:59Z')).toEqual([]);
    expect(await dueAt('2026-06-11T09:00:00Z')).toEqual(due);
    await noteRun(orgId, '2026-06-11', '2026-06-11T09:01:00Z', null);
    expect(await dueAt('2026-06-11T10:00:00Z')).toEqual([]);
    await noteRun(orgId, '2026-06-11', '2026-06-11T09:01:00Z', '2026-06-11T09:02:00Z');
    expect(await dueAt('2026-06-11T23:59:59Z')).toEqual([]);
    expect(await dueAt('2026-06-12T00:00:00Z')).toEqual([{ orgId, day: '2026-06-12' }]);
  });

  it('counts the hour from when a run was last taken up', async () => {
    const orgId = await organizationIn('UTC');
    await noteRun(orgId, '2026-06-11', '2026-06-11T08:00:00Z', null);
    const { dying } = dyingAt(database.worker, 2);
    const again = { day: '2026-06-11', now: at('2026-06-11T09:30:00Z') };
    await expect(runDaily({ database: dying, orgId }, again)).rejects.toThrow('killed');
    expect(await dueAt('2026-06-11T10:29:59Z')).toEqual([]);
    expect(await dueAt('2026-06-11T10:30:00Z')).toEqual([{ orgId, day: '2026-06-11' }]);
  });

  it('finds no suspended organization, and its time zone is nobody’s concern; once it is back it is found', async () => {
    const orgId = await organizationIn('Venus/Ishtar_Terra');
    await setStatus(orgId, 'suspended');
    const { due, unknownZones } = await findDueDays(database.system, at('2026-06-11T08:00:00Z'));
    expect(unknownZones).not.toContain('Venus/Ishtar_Terra');
    expect(due.map((day) => day.orgId)).not.toContain(orgId);
    await database.superuser.query(`update identity.organizations set time_zone = 'UTC' where id = $1`, [orgId]);
    expect(await dueAt('2026-06-11T08:00:00Z')).toEqual([]);
    await setStatus(orgId, 'active');
    expect(await dueAt('2026-06-11T08:00:00Z')).toEqual([{ orgId, day: '2026-06-11' }]);
  });

  it('does not keep others waiting for one whose time zone nobody knows', async () => {
    await organizationIn('Mars/Olympus');
    const orgId = await organizationIn('+05:30');
    expect(await dueAt('2026-06-10T18:30:00Z')).toContainEqual({ orgId, day: '2026-06-11' });
    const { unknownZones } = await findDueDays(database.system, at('2026-06-10T18:30:00Z'));
    expect(unknownZones).toEqual(['Mars/Olympus']);
  });
});

describe('findExpiredHolds', () => {
  const holdersAt = async (time: string) =>
    (await findExpiredHolds(database.system, at(time))).filter((orgId) => own.has(orgId));
  const open = async () => {
    const shop = await openProgramme(database);
    own.add(shop.orgId);
    await shop.sell('ann', 50, '2026-06-10T12:00:00Z');
    return shop;
  };

  it('finds an organization once, however much it holds whose time has passed, until it is given back', async () => {
    const [shop] = [await open(), await open()];
    for (const points of [10, 20]) await shop.hold('ann', points, '2026-06-10T13:00:00Z');
    expect(await holdersAt('2026-06-11T12:59:59Z')).toEqual([]);
    expect(await holdersAt('2026-06-11T13:00:00Z')).toEqual([shop.orgId]);
    await shop.run('2026-06-11T13:00:00Z');
    expect(await holdersAt('2026-06-11T13:00:00Z')).toEqual([]);
  });

  it('finds no suspended organization until it is back', async () => {
    const shop = await open();
    await shop.hold('ann', 10, '2026-06-10T13:00:00Z');
    await setStatus(shop.orgId, 'suspended');
    expect(await holdersAt('2026-06-11T13:00:00Z')).toEqual([]);
    await setStatus(shop.orgId, 'active');
    expect(await holdersAt('2026-06-11T13:00:00Z')).toEqual([shop.orgId]);
  });

  it('leaves what is a day old to the daily job, like that of a frozen wallet', async () => {
    const shop = await open();
    await shop.hold('ann', 10, '2026-06-10T13:00:00Z');
    expect(await holdersAt('2026-06-12T12:59:59Z')).toEqual([shop.orgId]);
    expect(await holdersAt('2026-06-12T13:00:00Z')).toEqual([]);
    expect(await shop.run('2026-06-12T13:00:00Z')).toMatchObject({ rewardsExpired: 1 });
  });
});
