import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Delivery } from './accept.ts';
import { noteSequences } from './note-sequences.ts';
import type { Registry, Sequences } from './registry.ts';
import { claimSweeps, closeSweeps } from './sweeps.ts';

const start = Date.parse('2026-11-21T12:00:00Z');
const minutes = (count: number) => new Date(start + count * 60_000);

/** A provider that writes its numbers, and nothing else, into a delivery. */
const numbering = {
  explode: () => [],
  resolve: async () => [],
  sequencesOf: (body: Uint8Array) => JSON.parse(Buffer.from(body).toString()) as Sequences | null,
};
const registry: Registry = {
  xero: numbering,
  other: numbering,
  square: { explode: () => [], resolve: async () => [] },
};

function delivery(sequences: Sequences | null, at = minutes(0), provider = 'xero'): Delivery {
  const body = Buffer.from(JSON.stringify(sequences));
  return { provider, handshake: false, receivedAt: at.toISOString(), url: '', headers: {}, keyId: null, body };
}
const of = (first: number, last = first) => delivery({ first, last });

describe('sweeps for lost events', () => {
  let database: TestDatabase;
  const connections: { orgId: string; connectionId: string }[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    for (let count = 0; count < 3; count += 1) connections.push(await connected('xero', 'active'));
    connections.sort((a, b) => (a.orgId < b.orgId ? -1 : 1));
    await connected('xero', 'needs_reconnect');
    await connected('square', 'active');
    const { orgId } = await connected('xero', 'active');
    await database.superuser.query(`update identity.organizations set status = 'suspended' where id = $1`, [orgId]);
  });
  beforeEach(async () => {
    await database.superuser.query('delete from inbox.sequences');
  });

  async function connected(provider: string, status: string) {
    const orgId = await createOrganization(database);
    const { rows } = await database.superuser.query(
      'insert into sync.connections (org_id, provider, account_ref, status) values ($1, $2, $3, $4) returning id',
      [orgId, provider, randomUUID(), status],
    );
    return { orgId, connectionId: rows[0].id as string };
  }

  const note = (...deliveries: Delivery[]) => noteSequences(database.system, registry, deliveries);
  /** Looks, sends out and closes. Answers the numbers swept for. */
  async function look(at: number): Promise<string[]> {
    const sweeps = await claimSweeps(database.system, minutes(at));
    await closeSweeps(database.system, sweeps);
    return sweeps.map(({ lost }) => lost);
  }

  it('a number that stays away opens one, for every active connection of its provider and no other, nor for a suspended organization’s', async () => {
    await note(of(1, 4), of(7));
    expect(await claimSweeps(database.system, minutes(1))).toEqual([]);
    const sweeps = await claimSweeps(database.system, minutes(2));
    expect(sweeps).toEqual([{ provider: 'xero', lost: '{[5,7)}', restartedAt: null, connections }]);
  });

  it('one is opened once for a gap, and another for the next', async () => {
    await note(of(1), of(3));
    expect([await look(1), await look(2), await look(3), await look(4)]).toEqual([[], ['{[2,3)}'], [], []]);
    await note(of(4, 6), of(9));
    expect([await look(5), await look(6), await look(7)]).toEqual([[], ['{[7,9)}'], []]);
  });

  it('none is opened for a number that is merely late, in whichever order deliveries come', async () => {
    for (const order of permutations([of(1, 2), of(3), of(4, 9), of(10)])) {
      await database.superuser.query('delete from inbox.sequences');
      for (const one of order.slice(0, 3)) await note(one);
      expect(await look(1)).toEqual([]);
      await note(...order.slice(3));
      expect([await look(2), await look(3)]).toEqual([[], []]);
    }
  });

  it('none is opened where gaps come and go all the time, as where deliveries overtake each other', async () => {
    for (let at = 0; at < 10; at += 1) {
      await note(of(2 * at + 2));
      expect(await look(at)).toEqual([]);
      await note(of(2 * at + 1));
    }
  });

  it('copies change nothing, nor do deliveries of numbers that count as come', async () => {
    await note(of(1), of(3), of(1), of(3));
    await look(1);
    await look(2);
    const state = async () => (await database.superuser.query('select xmin::text, seen from inbox.sequences')).rows;
    const before = await state();
    await note(of(3), of(1), of(2), of(1, 3));
    expect(await state()).toEqual(before);
    expect(before).toMatchObject([{ seen: '{[1,4)}' }]);
  });

  it('what does not say its numbers, or has none, is not noted', async () => {
    await note(delivery(null), delivery({ first: 1, last: 1 }, minutes(0), 'square'), {
      ...of(5),
      handshake: true,
    });
    expect((await database.superuser.query('select * from inbox.sequences')).rows).toEqual([]);
  });

  it('a beginning opens one, when its round has been quiet for a minute', async () => {
    await note(of(1, 5));
    await look(0);
    await note(delivery('restart', minutes(10)), delivery('restart', minutes(10.1)));
    expect([await look(10.5), await look(11)]).toEqual([[], []]);
    const [sweep] = await claimSweeps(database.system, minutes(11.2));
    expect(sweep).toEqual({ provider: 'xero', lost: '{}', restartedAt: minutes(10.1), connections });
    await closeSweeps(database.system, [sweep as NonNullable<typeof sweep>]);
    expect([await look(13), await look(15)]).toEqual([[], []]);
  });

  it('after a beginning numbers may start again at one, and gaps among them are seen', async () => {
    await note(of(1, 100), of(120));
    await note(delivery('restart', minutes(1)), of(1));
    await note(of(2, 3), of(5));
    expect([await look(3), await look(5)]).toEqual([['{}'], ['{[4,5)}']]);
  });

  it('of twenty that look at once one opens it', async () => {
    await note(of(1), of(3));
    await look(1);
    const claims = await Promise.all(Array.from({ length: 20 }, () => claimSweeps(database.system, minutes(2))));
    expect(claims.flat()).toHaveLength(1);
  });

  it('one that was claimed and never sent out is opened again', async () => {
    await note(of(1), of(3), delivery('restart', minutes(0)), of(7), of(9));
    await look(0);
    await claimSweeps(database.system, minutes(1));
    const [again] = await claimSweeps(database.system, minutes(2));
    expect(again).toMatchObject({ lost: '{[2,3),[4,7),[8,9)}', restartedAt: minutes(0), connections });
  });

  it('one that closes late ends nothing of what began meanwhile', async () => {
    await note(of(50), of(60));
    await look(1);
    const sweeps = await claimSweeps(database.system, minutes(2));
    await note(delivery('restart', minutes(2)), of(1));
    await closeSweeps(database.system, sweeps);
    expect((await database.superuser.query('select seen, restarted_at from inbox.sequences')).rows).toEqual([
      { seen: '{[1,2)}', restarted_at: minutes(2) },
    ]);
  });

  it('keeps the numbers of providers apart', async () => {
    await note(of(1), delivery({ first: 3, last: 3 }, minutes(0), 'other'));
    expect([await look(1), await look(2)]).toEqual([[], []]);
  });
});

function permutations<Item>(items: readonly Item[]): Item[][] {
  if (items.length === 0) return [[]];
  return items.flatMap((item, at) => permutations(items.toSpliced(at, 1)).map((rest) => [item, ...rest]));
}
