import { randomUUID } from 'node:crypto';
import { withSystem, withTenant } from '@tributary/db/transaction';
import type { SyncMessage } from '@tributary/queue/message';
import { connect } from '@tributary/sync/connection/connect';
import { openVault, type Vault } from '@tributary/sync/credential/credential.fixture';
import { closeRun } from '@tributary/sync/run/close-run';
import { type OpenRun, openRun } from '@tributary/sync/run/open-run';
import { share } from '@tributary/sync/run/share';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Place } from './sync-place.fixture.ts';
import { openSyncQueue, type SyncQueue } from './sync-queue.fixture.ts';

describe('a message of an organization that has its share of the workers', () => {
  let vault: Vault;
  let queue: SyncQueue;
  let place: Place;
  let others: OpenRun[];
  beforeAll(async () => {
    vault = await openVault();
    queue = openSyncQueue(vault);
  });
  beforeEach(async () => {
    await vault.database.superuser.query('delete from sync.waiting_runs');
    await vault.database.superuser.query('update sync.connections set next_run_at = null');
    // Of somebody else, and due.
    await queue.open();
    place = await queue.open();
    await place.sell(1);
    others = [];
    while (others.length < share) others.push(await beginAnother());
    queue.sent.length = 0;
    queue.reported.length = 0;
  });

  const inTenant = <Result>(work: Parameters<typeof withTenant<Result>>[1]) =>
    withTenant({ database: vault.database.worker, orgId: place.shop.orgId }, work);
  async function beginAnother(): Promise<OpenRun> {
    const account = { orgId: place.shop.orgId, provider: 'square', accountRef: randomUUID() };
    const { connectionId } = await withSystem(vault.database.system, (tx) => connect(tx, account));
    const asked = { connectionId, trigger: 'schedule', now: place.clock.now() } as const;
    return (await inTenant((tx) => openRun(tx, asked))) as OpenRun;
  }
  const end = (run: OpenRun | undefined) => {
    const closing = { now: place.clock.now(), nextRunAt: null, bytes: 0, failedWindows: [] };
    return inTenant((tx) => closeRun(tx, run as OpenRun, { status: 'success', reason: null }, closing));
  };
  const message = (connectionId = place.shop.connectionId): SyncMessage => ({
    ...{ kind: 'sync', v: 1, trigger: 'operator', orgId: place.shop.orgId, connectionId },
  });
  const outcomes = () => queue.reported.map(({ outcome }) => outcome);

  it('is done with, and what it asked for waits until one of those runs has ended', async () => {
    expect(await queue.receive(place.office, [message()])).toEqual([]);
    expect([outcomes(), queue.sent]).toEqual([['held'], []]);
    expect(place.square.requests()).toEqual([]);
    await end(others[0]);
    // Of whichever connection a run comes to its end: this one is pulled from already.
    expect(await queue.receive(place.office, [message(others[1]?.connectionId)])).toEqual([]);
    expect(queue.sent).toEqual([message()]);
    expect(await queue.receive(place.office, queue.sent)).toEqual([]);
    expect(outcomes()).toEqual(['held', 'skipped', 'success']);
    expect(await place.sold()).toEqual(place.truth());
  });

  it('is not held up when nobody else comes', async () => {
    await vault.database.superuser.query('update sync.connections set next_run_at = null');
    expect(await queue.receive(place.office, [message()])).toEqual([]);
    expect([outcomes(), queue.sent]).toEqual([['held', 'success'], []]);
    expect(await place.sold()).toEqual(place.truth());
  });
});
