import { randomUUID } from 'node:crypto';
import { AppError } from '@tributary/core/errors';
import type { SyncMessage } from '@tributary/queue/message';
import { type Shop as Credentialed, openVault, type Vault } from '@tributary/sync/credential/credential.fixture';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Place } from './sync-place.fixture.ts';
import { openSyncQueue, type SyncQueue } from './sync-queue.fixture.ts';

const day = 24 * 60 * 60_000;

describe('the queue sync', () => {
  let vault: Vault;
  let queue: SyncQueue;
  beforeAll(async () => {
    vault = await openVault();
    queue = openSyncQueue(vault);
  });
  beforeEach(() => {
    queue.sent.length = 0;
    queue.reported.length = 0;
  });

  const toPull = ({ shop: { orgId, connectionId } }: Place): SyncMessage => ({
    kind: 'sync',
    v: 1,
    trigger: 'operator',
    orgId,
    connectionId,
  });

  describe('pulls', () => {
    it('from the connection that a message names', async () => {
      const place = await queue.open();
      await place.sell(3);
      expect(await queue.receive(place.office, [toPull(place)])).toEqual([]);
      expect(await place.sold()).toEqual(place.truth());
      expect(queue.reported).toMatchObject([{ event: 'sync_run', outcome: 'success', trigger: 'operator' }]);
      const runs = await place.office.rows('select trigger from sync.runs where org_id = $1', place.shop.orgId);
      expect(runs).toEqual([{ trigger: 'operator' }]);
    });

    it('on with another message when the time is nearly over', async () => {
      const place = await queue.open();
      await place.sell(3);
      expect(await queue.receive(place.office, [toPull(place)], { leftMs: 75_000 })).toEqual([]);
      expect(queue.sent).toEqual([toPull(place)]);
      expect(await place.sold()).toEqual({});
      expect(await queue.receive(place.office, queue.sent, { leftMs: 76_000 })).toEqual([]);
      expect(await place.sold()).toEqual(place.truth());
    });

    it('on from the message that comes back, when the queue did not take the other', async () => {
      const place = await queue.open();
      await place.sell(1);
      const send = async () => {
        throw new AppError('unavailable', 'The queue did not take the message.');
      };
      expect(await queue.receive(place.office, [toPull(place)], { leftMs: 0, send })).toEqual([0]);
    });

    it('once, however often it is told to at the same moment', async () => {
      const place = await queue.open();
      await place.sell(1);
      const told = Array.from({ length: 5 }, () => queue.receive(place.office, [toPull(place)]));
      expect(await Promise.all(told)).toEqual(Array(5).fill([]));
      const outcomes = queue.reported.map(({ outcome }) => outcome);
      expect(outcomes.filter((outcome) => outcome === 'success').length).toBeGreaterThanOrEqual(1);
      expect(outcomes.every((outcome) => outcome === 'success' || outcome === 'skipped')).toBe(true);
      expect(await place.sold()).toEqual(place.truth());
    });

    it('from nothing when there is no such connection, or it is another organization’s', async () => {
      const [place, other] = [await queue.open(), await queue.open()];
      const foreign = { ...toPull(place), orgId: other.shop.orgId };
      const unknown = { ...toPull(place), connectionId: randomUUID() };
      expect(await queue.receive(place.office, [foreign, unknown])).toEqual([]);
      expect(queue.reported.map(({ outcome }) => outcome)).toEqual(['skipped', 'skipped']);
      expect(place.square.requests()).toEqual([]);
    });

    it('later, by the schedule, from a provider that is away: the message is done', async () => {
      const place = await queue.open();
      place.square.faults.plan({ fault: 'server_error' });
      expect(await queue.receive(place.office, [toPull(place)])).toEqual([]);
      expect(queue.reported).toMatchObject([{ event: 'sync_run', outcome: 'failed' }]);
    });

    it('again with the same message when the database is away, and with one that nobody can read', async () => {
      const place = await queue.open();
      const away = queue.openNowhere();
      const runs = { ...place.office.runs, worker: away };
      expect(await queue.receive({ ...place.office, runs }, [toPull(place), { kind: 'sync' }, toPull(place)])).toEqual([
        0, 1, 2,
      ]);
      expect(queue.reported.map(({ event }) => event)).toEqual(['sync_retried', 'sync_retried']);
      await away.close();
    });
  });

  describe('with tokens', () => {
    async function authorized(): Promise<{ place: Place; credential: Credentialed }> {
      const { tokens, accounts } = await queue.provider.authorize();
      const accountRef = accounts[0]?.accountRef ?? '';
      await vault.database.superuser.query('delete from sync.routes where account_ref = $1', [accountRef]);
      const credential = await vault.open({ provider: 'square', accountRef, region: null, tokens });
      return { place: await queue.open(), credential };
    }
    const word = (kind: 'renew' | 'revoke', { orgId, credentialId }: Credentialed): SyncMessage => ({
      kind,
      v: 1,
      orgId,
      credentialId,
    });

    it('renews those that are due, and those that are fresh not', async () => {
      const { place, credential } = await authorized();
      const { version } = await vault.look(credential);
      await queue.receive(place.office, [word('renew', credential)]);
      expect(await vault.look(credential)).toMatchObject({ version });
      await vault.clock.advance(6 * day);
      expect(await queue.receive(place.office, [word('renew', credential)])).toEqual([]);
      expect(await vault.look(credential)).toMatchObject({ version: Number(version) + 1 });
      expect(queue.reported).toMatchObject([{ outcome: 'skipped' }, { event: 'credential_renew', outcome: 'renewed' }]);
    });

    it('tries again when the provider is away, and only then', async () => {
      const { place, credential } = await authorized();
      await vault.clock.advance(6 * day);
      queue.provider.disturbRenewal('server_error');
      const lost = { ...credential, credentialId: randomUUID() };
      expect(await queue.receive(place.office, [word('renew', credential), word('renew', lost)])).toEqual([0]);
      expect(queue.reported).toMatchObject([{ event: 'sync_retried', kind: 'renew' }, { outcome: 'skipped' }]);
      expect(await queue.receive(place.office, [word('renew', credential)])).toEqual([]);
    });

    it('ends those of a connection that was ended', async () => {
      const { place, credential } = await authorized();
      await vault.database.superuser.query(`update sync.credentials set status = 'revoking' where id = $1`, [
        credential.credentialId,
      ]);
      expect(await queue.receive(place.office, [word('revoke', credential)])).toEqual([]);
      expect(await vault.look(credential)).toMatchObject({ status: 'erased', sealed_refresh_token: null });
      expect(queue.reported).toMatchObject([{ event: 'credential_revoke' }]);
      expect(await queue.receive(place.office, [word('revoke', credential)])).toEqual([]);
    });

    it('says nothing of them', async () => {
      const { place, credential } = await authorized();
      await queue.receive(place.office, [word('renew', credential), word('revoke', credential)]);
      expect(Object.keys(Object.assign({}, ...queue.reported)).sort()).toEqual([
        'credentialId',
        'event',
        'level',
        'orgId',
        'outcome',
      ]);
    });
  });
});
