import { showId } from '@tributary/core/ids';
import { getConnection } from '@tributary/sync/connection/get-connection';
import { openVault, type Vault } from '@tributary/sync/credential/credential.fixture';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Place } from './sync-place.fixture.ts';
import { openSyncQueue, type SyncQueue } from './sync-queue.fixture.ts';

describe('the queue sync compares', () => {
  let vault: Vault;
  let queue: SyncQueue;
  beforeAll(async () => {
    vault = await openVault();
    queue = openSyncQueue(vault);
  });
  beforeEach(() => {
    queue.reported.length = 0;
  });

  const ofDay = ({ shop: { orgId, connectionId } }: Place) => ({
    kind: 'reconcile',
    v: 1,
    ...{ orgId, connectionId },
    day: '2026-11-21',
  });
  const reports = ({ office, shop }: Place) =>
    office.rows(
      'select day::text, status, drifts from sync.reconciliations where org_id = $1 and connection_id = $2',
      ...[shop.orgId, shop.connectionId],
    );
  /** As the API shows it. */
  const lastCheck = async ({ shop }: Place) => {
    const context = { database: vault.database.api, orgId: shop.orgId, now: new Date() };
    return (await getConnection(context, { connectionId: showId('connection', shop.connectionId) })).lastCheck;
  };

  it('a day of the connection that a message names', async () => {
    const place = await queue.open();
    await place.sell(3);
    await place.office.run(place.shop);
    expect(await lastCheck(place)).toBeNull();
    expect(await queue.receive(place.office, [ofDay(place)])).toEqual([]);
    const { kind: _, v: __, ...named } = ofDay(place);
    expect(queue.reported).toEqual([{ level: 'INFO', event: 'day_compared', ...named, status: 'agrees' }]);
    const found = { day: '2026-11-21', status: 'agrees', drifts: 0 };
    expect(await reports(place)).toEqual([found]);
    expect(await lastCheck(place)).toEqual({ ...found, checkedAt: place.clock.now().toISOString() });
    await queue.receive(place.office, [{ ...ofDay(place), day: '2026-11-20' }]);
    expect(await lastCheck(place)).toMatchObject(found);
  });

  it('and says aloud what differs; told twice, it reports once', async () => {
    const place = await queue.open();
    await place.sell(2);
    expect(await queue.receive(place.office, [ofDay(place), ofDay(place)])).toEqual([]);
    const told = { level: 'ERROR', event: 'day_compared', status: 'drifts', missing_here: 2 };
    expect(queue.reported).toMatchObject([told, told]);
    expect(await reports(place)).toEqual([{ day: '2026-11-21', status: 'drifts', drifts: 2 }]);
    expect(await lastCheck(place)).toMatchObject({ status: 'drifts', drifts: 2 });
  });

  it('later, when the day is claimed again, with a provider that is away: the message is done', async () => {
    const place = await queue.open();
    place.square.faults.plan({ fault: 'server_error' });
    expect(await queue.receive(place.office, [ofDay(place)])).toEqual([]);
    expect(queue.reported).toMatchObject([{ level: 'WARN', status: 'failed', reason: 'provider_unavailable' }]);
    expect(await reports(place)).toEqual([]);
  });

  it('nothing of a connection that was ended meanwhile', async () => {
    const place = await queue.open();
    await place.office.rows(`update sync.connections set status = 'error' where id = $1`, place.shop.connectionId);
    expect(await queue.receive(place.office, [ofDay(place)])).toEqual([]);
    expect([queue.reported, await reports(place), place.square.requests()]).toEqual([[], [], []]);
  });

  it('again with the same message when the database is away', async () => {
    const place = await queue.open();
    const away = queue.openNowhere();
    const checks = { ...place.office.checks, worker: away };
    expect(await queue.receive({ ...place.office, checks }, [ofDay(place)])).toEqual([0]);
    await away.close();
  });
});
