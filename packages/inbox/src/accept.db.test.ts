import { randomUUID } from 'node:crypto';
import type { Json } from '@tributary/core/canonical-json';
import { PermanentFailure } from '@tributary/core/errors';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { acceptDeliveries, type Delivery } from './accept.ts';
import { attention } from './attention.ts';
import type { Registry } from './registry.ts';

/** A provider whose deliveries are lists of events, and whose events say nothing. */
const registry: Registry = {
  plain: {
    explode: (body) => {
      const events = JSON.parse(Buffer.from(body).toString()) as { account: string; key: string; payload?: Json }[];
      if (!Array.isArray(events)) throw new PermanentFailure('invalid_payload', 'not a list');
      return events.map(({ account, key, payload = null }) => ({
        accountRef: account,
        key,
        type: 'x',
        occurredAt: null,
        payload,
      }));
    },
    resolve: async () => [],
  },
};

const delivery = (body: Json, change: Partial<Delivery> = {}): Delivery => ({
  provider: 'plain',
  handshake: false,
  receivedAt: '2026-06-01T12:00:00.000Z',
  url: 'https://hooks.example.com',
  headers: {},
  keyId: '0',
  body: Buffer.from(JSON.stringify(body)),
  ...change,
});

describe('acceptDeliveries', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const accept = (...deliveries: Delivery[]) => acceptDeliveries(database.system, registry, deliveries);
  const stored = async () =>
    (await database.superuser.query('select status, reason from inbox.deliveries order by id desc limit 3')).rows;

  it('answers in order, and tells copies within a batch from the first', async () => {
    const [one, other] = [
      delivery([{ account: randomUUID(), key: '1' }]),
      delivery([{ account: randomUUID(), key: '2' }]),
    ];
    const accepted = await accept(one, other, one);
    expect(accepted.map(({ duplicate }) => duplicate)).toEqual([false, false, true]);
    expect(accepted[2]?.deliveryId).toBe(accepted[0]?.deliveryId);
    expect((await accept(other))[0]).toMatchObject({ duplicate: true, deliveryId: accepted[1]?.deliveryId });
  });

  it('stores what the database refuses without its events, and the rest of the batch with theirs', async () => {
    const account = randomUUID();
    // Past the adapter and refused by jsonb: what an adapter that checks less would let through.
    const refused = delivery([{ account, key: '1', payload: '\u0000' }]);
    const good = delivery([{ account, key: '2' }]);
    await accept(refused, good);
    expect((await stored()).slice(0, 2)).toEqual([
      { status: 'routed', reason: null },
      { status: 'quarantined', reason: 'refused_by_database' },
    ]);
    const { rows } = await database.superuser.query('select key from inbox.parked_events where account_ref = $1', [
      account,
    ]);
    expect(rows).toEqual([{ key: '2' }]);
  });

  it('keeps a delivery of a provider nobody registered', async () => {
    await accept(delivery([], { provider: 'stranger' }));
    expect((await stored())[0]).toEqual({ status: 'quarantined', reason: 'unknown_provider' });
  });

  it('does not take a fault of ours for a fault of the delivery', async () => {
    const faulty: Registry = {
      plain: {
        explode: () => {
          throw new TypeError('our bug');
        },
        resolve: async () => [],
      },
    };
    await expect(acceptDeliveries(database.system, faulty, [delivery(['bug'])])).rejects.toThrow('our bug');
  });

  it('shows a person what waits for one', async () => {
    const account = randomUUID();
    const code = { verificationCode: randomUUID() };
    await accept(delivery(code, { handshake: true }), delivery({ no: account }), delivery([{ account, key: '9' }]));
    const waiting = await attention(database.system);
    expect(waiting.handshakes[0]).toMatchObject({ provider: 'plain', ...code });
    expect(waiting.quarantined[0]).toMatchObject({ provider: 'plain', reason: 'invalid_payload' });
    expect(waiting.parked[0]).toEqual({ provider: 'plain', accountRef: account, reason: 'unknown_account', events: 1 });
  });
});
