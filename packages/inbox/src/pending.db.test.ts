import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { resumableEvents } from './pending.ts';

interface Access {
  connection?: string;
  /** Null: it has none. */
  credential?: string | null;
}
interface Event {
  status?: string;
  reason?: string | null;
  /** For how many hours it has waited, and how many days ago it came. */
  waitedHours?: number;
  ageDays?: number;
}

describe('what nobody works on', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    await database.superuser.query('delete from inbox.events');
  });

  async function connected({ connection = 'active', credential = 'active' }: Access = {}): Promise<string> {
    const orgId = await createOrganization(database);
    await database.superuser.query(
      `with k as (insert into sync.credentials (org_id, provider, status) select $1, 'xero', $3::text where $3::text is not null returning id)
       insert into sync.connections (org_id, provider, account_ref, status, credential_id, disconnected_at)
       select $1, 'xero', gen_random_uuid(), $2, (select id from k), case $2 when 'disconnected' then now() end`,
      [orgId, connection, credential],
    );
    return orgId;
  }
  async function store(orgId: string, { status = 'pending', reason = null, waitedHours = 0, ageDays = 0 }: Event) {
    const { rows } = await database.superuser.query(
      `with d as (
         insert into inbox.deliveries (provider, sha256, received_at, url, headers, body, status)
         values ('xero', sha256($2::bytea), now(), '', '{}', '', 'routed') returning id
       )
       insert into inbox.events (org_id, connection_id, delivery_id, provider, key, type, received_at, status, reason, processed_at,
         created_at, pending_since)
       select $1, c.id, d.id, 'xero', $2, 'CONTACT:UPDATE', now(), $3, $4, case $3 when 'pending' then null else now() end,
         now() - interval '1 day' * $5, now() - interval '1 hour' * $6
       from d, sync.connections c where c.org_id = $1 returning id`,
      [orgId, randomUUID(), status, reason, ageDays, waitedHours],
    );
    return rows[0].id as string;
  }
  const find = () => resumableEvents(database.system);

  it('is what has waited for more than an hour and less than two days, however old it is', async () => {
    const orgId = await connected();
    for (const waitedHours of [0, 0.9, 49, 900]) await store(orgId, { waitedHours, ageDays: 40 });
    const found = [await store(orgId, { waitedHours: 47 }), await store(orgId, { waitedHours: 1.1, ageDays: 40 })];
    expect(await find()).toEqual([{ orgId, eventIds: found }]);
  });

  it.each(['needs_reconnect', 'not_connected'])(
    'is what could not ask (%s), once it can: it waits again, and is found once',
    async (reason) => {
      const orgId = await connected();
      const id = await store(orgId, { status: 'quarantined', reason, waitedHours: 900, ageDays: 40 });
      expect(await find()).toEqual([{ orgId, eventIds: [id] }]);
      const { rows } = await database.superuser.query(
        `select status, reason, processed_at, pending_since > now() - interval '1 minute' as "isFresh" from inbox.events`,
      );
      expect(rows).toEqual([{ status: 'pending', reason: null, processed_at: null, isFresh: true }]);
      expect(await find()).toEqual([]);
    },
  );

  it.each<[string, Access]>([
    ['its connection waits to be authorised', { connection: 'needs_reconnect' }],
    ['its connection is ended', { connection: 'disconnected' }],
    ['its tokens are of no use', { credential: 'needs_reconnect' }],
    ['there are no tokens', { credential: null }],
  ])('is not what could not ask while %s', async (_, access) => {
    await store(await connected(access), { status: 'quarantined', reason: 'needs_reconnect' });
    expect(await find()).toEqual([]);
  });

  it('is not what is quarantined for another reason', async () => {
    await store(await connected(), { status: 'quarantined', reason: 'invalid_payload' });
    expect(await find()).toEqual([]);
  });

  it('is nothing of a suspended organization until it is back: neither what waited, nor what could ask again, nor what was parked', async () => {
    const orgId = await connected();
    const setStatus = (status: string) =>
      database.superuser.query('update identity.organizations set status = $2 where id = $1', [orgId, status]);
    await store(orgId, { waitedHours: 2 });
    await store(orgId, { status: 'quarantined', reason: 'needs_reconnect' });
    await database.superuser.query(
      `with routed as (
         insert into sync.routes (provider, account_ref, org_id, connection_id)
         select provider, account_ref, org_id, id from sync.connections where org_id = $1 returning provider, account_ref
       )
       insert into inbox.parked_events (delivery_id, provider, account_ref, key, type, received_at, payload, reason)
       select (select id from inbox.deliveries limit 1), provider, account_ref, 'parked', 'CONTACT:UPDATE', now(), '{}', 'unknown_account'
       from routed`,
      [orgId],
    );
    await setStatus('suspended');
    expect(await find()).toEqual([]);
    await setStatus('active');
    expect((await find()).map((found) => [found.orgId, found.eventIds.length])).toEqual([[orgId, 3]]);
  });

  it('is found once by twenty who look for what waits for a connection', async () => {
    const orgId = await connected();
    for (let count = 0; count < 5; count += 1) await store(orgId, { status: 'quarantined', reason: 'needs_reconnect' });
    const found = await Promise.all(Array.from({ length: 20 }, find));
    expect(found.flatMap((organizations) => organizations.flatMap(({ eventIds }) => eventIds))).toHaveLength(5);
  });
});
