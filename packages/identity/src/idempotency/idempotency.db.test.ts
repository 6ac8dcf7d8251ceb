import { randomUUID } from 'node:crypto';
import { AppError } from '@tributary/core/errors';
import { type TenantTransaction, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { purgeIdempotencyKeys } from './purge-keys.ts';
import { type KeyedRequest, runOnce } from './run-once.ts';

let database: TestDatabase;
let orgId: string;

beforeAll(async () => {
  database = await testDatabase();
  await database.superuser.query(
    'create table public.effects (org_id uuid, key text); grant insert on public.effects to tributary_api',
  );
});
beforeEach(async () => {
  orgId = await createOrganization(database);
});

const asApi = <Result>(work: (tx: TenantTransaction) => Promise<Result>, org = orgId) =>
  withTenant({ database: database.api, orgId: org }, work);
const asked = (change: Partial<KeyedRequest> = {}): KeyedRequest => ({
  key: 'key-1',
  operation: 'adjust',
  request: { walletId: 'wal_1', points: 5 },
  ...change,
});
/** Leaves a trace in the transaction. */
const act = async (tx: TenantTransaction, { key }: KeyedRequest) => {
  await tx.query('insert into public.effects (org_id, key) values ($1, $2)', [tx.orgId, key]);
  return `answer ${randomUUID()}`;
};
const ask = (keyed: KeyedRequest = asked(), org = orgId) =>
  asApi((tx) => runOnce(tx, keyed, () => act(tx, keyed)), org);
const effects = async (org = orgId) =>
  (await database.superuser.query('select key from public.effects where org_id = $1', [org])).rowCount;
const stored = async () =>
  (
    await database.superuser.query(
      `select key, operation, response, expires_at > now() as live, expires_at - created_at = '30 days' as for_30_days
       from identity.idempotency_keys where org_id = $1 order by expires_at, key`,
      [orgId],
    )
  ).rows;
const expire = (ago: string, key = 'key-1') =>
  database.superuser.query(
    'update identity.idempotency_keys set expires_at = now() - $3::interval where org_id = $1 and key = $2',
    [orgId, key, ago],
  );

describe('runOnce', () => {
  it('S1-110 S1-114 S1-116 S1-117 has one effect and keeps its answer under key and operation, for 30 days', async () => {
    const first = await ask();
    expect([await ask(), await ask(), await effects()]).toEqual([first, first, 1]);
    expect(await stored()).toEqual([
      { key: 'key-1', operation: 'adjust', response: first, live: true, for_30_days: true },
    ]);
  });

  it('keeps the answer as text: spaces, order, and what JSON would write another way', async () => {
    const text = '{ "b": 1.0, "a": "\\u00e9\\u0000\\ud800é", "10": 1, "9": [ ] }\n';
    const give = () => asApi((tx) => runOnce(tx, asked(), async () => text));
    expect([await give(), await give()]).toEqual([text, text]);
    expect(await ask()).toBe(text);
  });

  it('takes requests that differ in the order of fields for the same', async () => {
    const first = await ask();
    expect(await ask(asked({ request: { points: 5, walletId: 'wal_1', note: undefined } }))).toBe(first);
  });

  it.each<[string, Partial<KeyedRequest>]>([
    ['another amount', { request: { walletId: 'wal_1', points: 6 } }],
    ['an amount as text', { request: { walletId: 'wal_1', points: '5' } }],
    ['another wallet', { request: { walletId: 'wal_2', points: 5 } }],
    ['a field more', { request: { walletId: 'wal_1', points: 5, note: null } }],
    ['another operation', { operation: 'redeem' }],
  ])('refuses a key that named another request: %s', async (_what, change) => {
    const first = await ask();
    await expect(ask(asked(change))).rejects.toMatchObject({ code: 'idempotency_key_reused', status: 422 });
    expect([await effects(), await ask()]).toEqual([1, first]);
  });

  it('knows keys by organization, and by every letter', async () => {
    const other = await createOrganization(database);
    const keys = ['key-1', 'KEY-1', 'key-1:', '%', 'k'.repeat(255)];
    for (const key of keys) await ask(asked({ key }));
    await ask(asked(), other);
    expect([await effects(), await effects(other)]).toEqual([keys.length, 1]);
  });

  it('stores nothing of a refusal, so that it can be asked again when its cause is gone', async () => {
    const refused = asApi((tx) =>
      runOnce(tx, asked(), async () => {
        await act(tx, asked());
        throw new AppError('conflict', 'The wallet is frozen.');
      }),
    );
    await expect(refused).rejects.toMatchObject({ code: 'conflict' });
    expect([await effects(), await stored()]).toEqual([0, []]);
    await ask();
    expect(await effects()).toBe(1);
  });

  it('refuses at once, without waiting, while the first is at work, and keeps nobody else', async () => {
    const other = await createOrganization(database);
    const working = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const first = asApi((tx) =>
      runOnce(tx, asked(), async () => {
        working.resolve();
        await finish.promise;
        return act(tx, asked());
      }),
    );
    await working.promise;
    await expect(ask()).rejects.toMatchObject({ code: 'request_in_flight', status: 409 });
    await expect(ask(asked({ operation: 'redeem' }))).rejects.toMatchObject({ code: 'request_in_flight' });
    await ask(asked({ key: 'key-2' }));
    await ask(asked(), other);
    expect([await effects(), await effects(other)]).toEqual([1, 1]);
    finish.resolve();
    const answer = await first;
    expect(await ask()).toBe(answer);
    expect(await effects()).toBe(2);
  });

  it('waits for who only looks, where the work was done already', async () => {
    const looking = Promise.withResolvers<void>();
    const enough = Promise.withResolvers<void>();
    const look = asApi((tx) =>
      runOnce(tx, asked(), async () => {
        looking.resolve();
        await enough.promise;
        throw new Error('nothing there');
      }),
    );
    await looking.promise;
    let isRefused = false;
    const stored = asApi((tx) => runOnce(tx, asked({ waits: true }), () => act(tx, asked())));
    stored.catch(() => {
      isRefused = true;
    });
    const isWaiting = async () => {
      const { rows } = await database.superuser.query(
        `select from pg_locks l join pg_database d on d.oid = l.database
         where d.datname = current_database() and l.locktype = 'advisory' and not l.granted`,
      );
      return rows.length > 0;
    };
    await vi.waitUntil(async () => isRefused || (await isWaiting()));
    enough.resolve();
    await expect(look).rejects.toThrow('nothing there');
    expect(await stored).toBe(await ask());
    expect(await effects()).toBe(1);
  });

  it('sent by many at once has one effect: the others are answered the same or told to wait', async () => {
    const answers = await Promise.allSettled(Array.from({ length: 20 }, () => ask()));
    const given = answers.flatMap((answer) => (answer.status === 'fulfilled' ? [answer.value] : []));
    const refused = answers.flatMap((answer) => (answer.status === 'rejected' ? [answer.reason.code] : []));
    expect([await effects(), new Set(given).size]).toEqual([1, 1]);
    expect(refused).toEqual(refused.map(() => 'request_in_flight'));
  });

  it('gives up what it did when an answer was stored beside it, past the lock', async () => {
    const intruded = asApi((tx) =>
      runOnce(tx, asked(), async () => {
        await database.superuser.query(
          `insert into identity.idempotency_keys (org_id, key, operation, request_hash, response) values ($1, 'key-1', 'x', '', 'theirs')`,
          [orgId],
        );
        return act(tx, asked());
      }),
    );
    await expect(intruded).rejects.toMatchObject({ code: 'request_in_flight' });
    expect(await effects()).toBe(0);
    expect(await stored()).toMatchObject([{ response: 'theirs' }]);
  });

  it('S1-117 forgets after its time: the key may then name any request, for 30 days again', async () => {
    const first = await ask();
    await expire('0 seconds');
    const second = await ask(asked({ operation: 'redeem', request: {} }));
    expect(second).not.toBe(first);
    expect(await ask(asked({ operation: 'redeem', request: {} }))).toBe(second);
    expect(await stored()).toEqual([
      { key: 'key-1', operation: 'redeem', response: second, live: true, for_30_days: true },
    ]);
  });
});

describe('purgeIdempotencyKeys', () => {
  const purge = (limit: number, at = new Date()) =>
    withTenant({ database: database.worker, orgId }, (tx) => purgeIdempotencyKeys(tx, at, limit));
  const keys = async () => (await stored()).map(({ key }) => key);

  it('S1-117 deletes what is expired, the oldest first, so many at a time, and nothing that is live', async () => {
    for (const [key, ago] of Object.entries({ a: '3 days', b: '1 day', c: '2 days', d: '-1 day' })) {
      await ask(asked({ key }));
      await expire(ago, key);
    }
    expect([await purge(2), await keys()]).toEqual([2, ['b', 'd']]);
    expect([await purge(2), await keys()]).toEqual([1, ['d']]);
    expect([await purge(2), await keys()]).toEqual([0, ['d']]);
  });

  it('counts a key as expired from the very moment it ends', async () => {
    await ask();
    const { rows } = await database.superuser.query(
      `update identity.idempotency_keys set expires_at = date_trunc('second', expires_at) where org_id = $1 returning expires_at`,
      [orgId],
    );
    const end: Date = rows[0].expires_at;
    expect([await purge(9, new Date(end.getTime() - 1)), await purge(9, end)]).toEqual([0, 1]);
  });

  it('leaves the keys of other organizations', async () => {
    await ask();
    await expire('1 day');
    const mine = orgId;
    orgId = await createOrganization(database);
    expect(await purge(9)).toBe(0);
    orgId = mine;
    expect(await keys()).toEqual(['key-1']);
  });

  it('spares a key that is taken anew while it waits for it', async () => {
    await ask();
    await expire('1 day');
    const taken = Promise.withResolvers<void>();
    const finish = Promise.withResolvers<void>();
    const renewed = asApi(async (tx) => {
      const answer = await runOnce(tx, asked(), () => act(tx, asked()));
      taken.resolve();
      await finish.promise;
      return answer;
    });
    await taken.promise;
    const purged = purge(9);
    await vi.waitFor(async () => {
      const { rows } = await database.superuser.query(
        `select 1 from pg_stat_activity where datname = $1 and wait_event_type = 'Lock' and query like 'delete from identity%'`,
        [database.name],
      );
      expect(rows).toHaveLength(1);
    });
    finish.resolve();
    expect([await purged, await ask()]).toEqual([0, await renewed]);
  });

  it('is not for the API', async () => {
    await expect(asApi((tx) => purgeIdempotencyKeys(tx, new Date(), 9))).rejects.toMatchObject({ code: '42501' });
  });
});
