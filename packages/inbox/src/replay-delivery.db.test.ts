import { randomUUID } from 'node:crypto';
import { PermanentFailure } from '@tributary/core/errors';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceptDeliveries, type Delivery } from './accept.ts';
import { resumableEvents } from './pending.ts';
import type { Registry } from './registry.ts';
import { replayDelivery } from './replay-delivery.ts';

/** A provider whose deliveries are lists of accounts, one event each, as long as its reader can read them. */
const reading = (canRead: boolean): Registry => ({
  plain: {
    explode: (body) => {
      if (!canRead) throw new PermanentFailure('invalid_payload', 'not yet');
      const said = JSON.parse(Buffer.from(body).toString()) as { accounts: string[]; payload?: string };
      return said.accounts.map((accountRef) => ({
        accountRef,
        key: `of ${accountRef}`,
        type: 'x',
        occurredAt: new Date('2026-06-01T12:00:00Z'),
        payload: said.payload ?? { said: accountRef },
      }));
    },
    resolve: async () => [],
  },
});
const [broken, mended] = [reading(false), reading(true)];

describe('replaying a delivery that nobody could read', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const rows = async <Row = Record<string, unknown>>(sql: string, ...values: unknown[]): Promise<Row[]> =>
    (await database.superuser.query(sql, values)).rows;
  async function quarantined(said: object): Promise<string> {
    const body = Buffer.from(JSON.stringify({ ...said, entropy: randomUUID() }));
    const delivery: Delivery = {
      provider: 'plain',
      handshake: false,
      receivedAt: '2026-06-01T12:00:01.000Z',
      url: 'https://hooks.example.com',
      headers: {},
      keyId: '0',
      body,
    };
    const [accepted] = await acceptDeliveries(database.system, broken, [delivery]);
    return accepted?.deliveryId ?? '';
  }
  async function account(active = true) {
    const [orgId, accountRef] = [await createOrganization(database), randomUUID()];
    await rows(
      `with c as (insert into sync.connections (org_id, provider, account_ref) values ($1, 'plain', $2) returning id)
       insert into sync.routes (provider, account_ref, org_id, connection_id, active) select 'plain', $2, $1, c.id, $3 from c`,
      ...[orgId, accountRef, active],
    );
    return { orgId, accountRef };
  }
  const replay = (id: string, registry = mended) => replayDelivery(database.system, registry, id);
  const statusOf = async (id: string) =>
    (await rows('select status, reason from inbox.deliveries where id = $1', id))[0];

  it('its events wait for their organizations, and keep when they came', async () => {
    const [known, gone, nobody] = [await account(), await account(false), randomUUID()];
    const id = await quarantined({ accounts: [known.accountRef, gone.accountRef, nobody] });
    expect(await replay(id)).toEqual({ outcome: 'parked', events: 3 });
    expect(await statusOf(id)).toEqual({ status: 'routed', reason: null });
    const resumed = await resumableEvents(database.system);
    expect(resumed.map(({ orgId }) => orgId)).toEqual([known.orgId]);
    expect(await rows('select * from inbox.events where org_id = $1', known.orgId)).toMatchObject([
      {
        id: resumed[0]?.eventIds[0],
        delivery_id: id,
        status: 'pending',
        key: `of ${known.accountRef}`,
        payload: { said: known.accountRef },
        received_at: new Date('2026-06-01T12:00:01Z'),
      },
    ]);
    const parked = await rows('select account_ref, reason from inbox.parked_events where delivery_id = $1', id);
    expect(parked).toEqual(
      expect.arrayContaining([
        { account_ref: gone.accountRef, reason: 'disconnected' },
        { account_ref: nobody, reason: 'unknown_account' },
      ]),
    );
    expect(parked).toHaveLength(2);
  });

  it('one that still cannot be read stays as it is', async () => {
    const id = await quarantined({ accounts: [] });
    const before = await statusOf(id);
    expect(await replay(id, broken)).toEqual({ outcome: 'quarantined', reason: 'invalid_payload' });
    expect(await replay(id, {})).toEqual({ outcome: 'quarantined', reason: 'unknown_provider' });
    expect(await statusOf(id)).toEqual(before);
  });

  it('one that the database refuses stays as it is, all of it', async () => {
    const { orgId, accountRef } = await account();
    const id = await quarantined({ accounts: [accountRef], payload: 'a\u0000b' });
    const before = await statusOf(id);
    expect(await replay(id)).toEqual({ outcome: 'quarantined', reason: 'refused_by_database' });
    expect(await statusOf(id)).toEqual(before);
    await resumableEvents(database.system);
    expect(await rows('select * from inbox.events where org_id = $1', orgId)).toEqual([]);
  });

  it('an event that came by another delivery meanwhile is not doubled', async () => {
    const { orgId, accountRef } = await account();
    const [id, other] = [await quarantined({ accounts: [accountRef] }), await quarantined({ accounts: [accountRef] })];
    for (const delivery of [id, other]) {
      await replay(delivery);
      await resumableEvents(database.system);
    }
    expect(await rows('select delivery_id from inbox.events where org_id = $1', orgId)).toEqual([{ delivery_id: id }]);
  });

  it('of twenty at once one replays it', async () => {
    const id = await quarantined({ accounts: [randomUUID()] });
    const attempts = Array.from({ length: 20 }, () =>
      replay(id).then(
        ({ outcome }) => outcome,
        ({ code }) => code,
      ),
    );
    expect((await Promise.all(attempts)).sort()).toEqual([...Array(19).fill('conflict'), 'parked']);
  });

  it('is refused for one that is not quarantined, and for one that is not there', async () => {
    const id = await quarantined({ accounts: [] });
    await replay(id);
    await expect(replay(id)).rejects.toMatchObject({ code: 'conflict' });
    await expect(replay(randomUUID())).rejects.toMatchObject({ code: 'not_found' });
  });
});
