import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceptDeliveries, type Delivery } from './accept.ts';
import { resumableEvents } from './pending.ts';
import { redactRepeated } from './redact-repeated.ts';
import type { Registry } from './registry.ts';
import { replayDelivery } from './replay-delivery.ts';

/** A provider whose deliveries are lists of accounts and keys. */
const registry: Registry = {
  plain: {
    explode: (body) =>
      (JSON.parse(Buffer.from(body).toString()) as [accountRef: string, key: string][]).map(([accountRef, key]) => ({
        ...{ accountRef, key, type: 'x', occurredAt: null, payload: null },
      })),
    resolve: async () => [],
  },
};

describe('a delivery that tells of what is known', () => {
  let database: TestDatabase;
  let spaces = 0;
  beforeAll(async () => {
    database = await testDatabase();
  });

  const rows = async (text: string, ...values: unknown[]) => (await database.superuser.query(text, values)).rows;

  /** In bytes of its own each time. */
  function deliveryOf(...events: [accountRef: string, key: string][]): Delivery {
    spaces += 1;
    const body = Buffer.from(JSON.stringify(events) + ' '.repeat(spaces));
    return {
      provider: 'plain',
      handshake: false,
      receivedAt: '2026-06-01T12:00:00Z',
      url: '',
      headers: {},
      keyId: null,
      body,
    };
  }

  /** As the queue's function does. @returns the ids of the deliveries */
  async function take(...deliveries: Delivery[]): Promise<string[]> {
    const accepted = await acceptDeliveries(database.system, registry, deliveries);
    await redactRepeated(database, accepted);
    return accepted.map(({ deliveryId }) => deliveryId);
  }

  async function account(active = true): Promise<string> {
    const [orgId, accountRef] = [await createOrganization(database), randomUUID()];
    await rows(
      `with c as (insert into sync.connections (org_id, provider, account_ref) values ($1, 'plain', $2) returning id)
       insert into sync.routes (provider, account_ref, org_id, connection_id, active) select 'plain', $2, $1, c.id, $3 from c`,
      ...[orgId, accountRef, active],
    );
    return accountRef;
  }

  const repeatsOf = async (...accountRefs: string[]) =>
    (
      await rows(
        'select account_ref, delivery_id from inbox.repeats where account_ref = any ($1) order by delivery_id',
        accountRefs,
      )
    ).map((row) => [row.account_ref, row.delivery_id]);

  it('is remembered by the account when its bytes are others, and not when they are the same', async () => {
    const known = await account();
    const first = deliveryOf([known, '1']);
    await take(first);
    await take(first);
    expect(await repeatsOf(known)).toEqual([]);
    const [again] = await take(deliveryOf([known, '1']));
    expect(await repeatsOf(known)).toEqual([[known, again]]);
    await take(deliveryOf([known, '2']));
    expect(await repeatsOf(known)).toHaveLength(1);
  });

  it('is remembered when it came in the same batch', async () => {
    const known = await account();
    const ids = await take(deliveryOf([known, '1']), deliveryOf([known, '1']));
    expect(await repeatsOf(known)).toEqual([[known, ids.sort()[1]]]);
  });

  it('is remembered for the account it repeats and for no other that it has news of', async () => {
    const [one, other] = [await account(), await account()];
    await take(deliveryOf([one, '1']));
    const [mixed] = await take(deliveryOf([one, '1'], [other, '1']));
    expect(await repeatsOf(one, other)).toEqual([[one, mixed]]);
  });

  it.each([
    ['nobody has', () => Promise.resolve(randomUUID())],
    ['somebody has disconnected', () => account(false)],
  ])('is remembered of an account that %s, and the parked one is not', async (_whose, open) => {
    const accountRef = await open();
    await take(deliveryOf([accountRef, '1']));
    expect(await repeatsOf(accountRef)).toEqual([]);
    const [again] = await take(deliveryOf([accountRef, '1']));
    expect(await repeatsOf(accountRef)).toEqual([[accountRef, again]]);
  });

  it('is remembered when it was parked, and its event came meanwhile', async () => {
    const accountRef = await account(false);
    const [parked] = await take(deliveryOf([accountRef, '1']));
    await rows('update sync.routes set active = true where account_ref = $1', accountRef);
    await take(deliveryOf([accountRef, '1']));
    await rows('delete from inbox.repeats where account_ref = $1', accountRef);
    expect(await resumableEvents(database.system)).toEqual([]);
    expect(await repeatsOf(accountRef)).toEqual([[accountRef, parked]]);
  });

  it('is remembered when nobody could read it at first', async () => {
    const accountRef = await account(false);
    await take(deliveryOf([accountRef, '1']));
    const [unread] = await acceptDeliveries(database.system, {}, [deliveryOf([accountRef, '1'], [accountRef, '2'])]);
    await replayDelivery(database.system, registry, unread?.deliveryId ?? '');
    expect(await repeatsOf(accountRef)).toEqual([[accountRef, unread?.deliveryId]]);
  });
});
