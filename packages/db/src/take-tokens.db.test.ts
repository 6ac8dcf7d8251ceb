import type { TokenQuestion } from '@tributary/core/token-bucket';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { tokenTaker } from './take-tokens.ts';

const start = Date.parse('2026-11-21T12:00:00Z');
let opened = 0;

/** A bucket of the test's own: ten tokens, one more each second. */
function bucket(change: Partial<TokenQuestion> = {}): TokenQuestion {
  opened += 1;
  return { key: String(opened).padStart(22, 'k'), intervalMicros: 1_000_000, burst: 10, want: 1, ...change };
}

describe('tokens', () => {
  let database: TestDatabase;
  let at = start;
  const taker = () => tokenTaker(database.api, () => new Date(at));
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('are granted as far as there are any, and then it is told how long to wait', async () => {
    at = start;
    const take = taker();
    const asked = bucket({ want: 4 });
    const answers = [];
    for (let round = 0; round < 4; round += 1) answers.push(...(await take([asked])));
    expect(answers).toEqual([
      { granted: 4, left: 6, waitMs: 0 },
      { granted: 4, left: 2, waitMs: 0 },
      { granted: 2, left: 0, waitMs: 0 },
      { granted: 0, left: 0, waitMs: 1000 },
    ]);
    at += 999;
    expect(await take([asked])).toEqual([{ granted: 0, left: 0, waitMs: 1 }]);
    at += 1;
    expect(await take([asked])).toEqual([{ granted: 1, left: 0, waitMs: 0 }]);
  });

  it('come back one by one, and never beyond what the bucket holds', async () => {
    at = start;
    const take = taker();
    const asked = bucket({ want: 100 });
    await take([asked]);
    at += 3500;
    expect(await take([asked])).toEqual([{ granted: 3, left: 0, waitMs: 0 }]);
    at += 3_600_000;
    expect(await take([asked])).toEqual([{ granted: 10, left: 0, waitMs: 0 }]);
  });

  it('of several buckets are taken from each, and an empty one keeps none from the others', async () => {
    at = start;
    const take = taker();
    const [empty, full] = [bucket({ want: 10 }), bucket({ want: 2 })];
    await take([empty]);
    expect(await take([full, empty])).toEqual([
      { granted: 2, left: 8, waitMs: 0 },
      { granted: 0, left: 0, waitMs: 1000 },
    ]);
  });

  it('are no more than there are for sixty that ask at once for the same two, in either order', async () => {
    at = start;
    const [one, other] = [bucket({ burst: 40, want: 3 }), bucket({ burst: 50, want: 3 })];
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        const answer = await taker()(index % 2 === 0 ? [one, other] : [other, one]);
        return index % 2 === 0 ? answer : answer.toReversed();
      }),
    );
    const granted = (place: number) => answers.reduce((sum, answer) => sum + (answer[place]?.granted ?? 0), 0);
    expect([granted(0), granted(1)]).toEqual([40, 50]);
  });

  it('are taken from buckets in the order of their keys, so that two who ask never wait for each other', async () => {
    at = start;
    const { superuser } = database;
    const [first, last] = [bucket({ want: 0 }), bucket({ want: 0 })];
    await taker()([first, last]);
    const lock = 'select from edge.buckets where key = $1 for update nowait';
    await superuser.query('begin');
    await superuser.query(lock, [first.key]);
    const asked = taker()([last, first]);
    const waits = `select from pg_locks held join pg_locks wanted using (transactionid)
      where held.pid = pg_backend_pid() and held.granted and not wanted.granted`;
    while ((await superuser.query(waits)).rowCount === 0);
    // Whoever waits for the first has not locked the last.
    expect((await superuser.query(lock, [last.key])).rowCount).toBe(1);
    await superuser.query('rollback');
    expect(await asked).toMatchObject([{ left: 10 }, { left: 10 }]);
  });

  it('are counted by the clock of the database where none is given', async () => {
    const take = tokenTaker(database.api);
    const asked = bucket({ intervalMicros: 3_600_000_000, want: 100 });
    expect(await take([asked])).toEqual([{ granted: 10, left: 0, waitMs: 0 }]);
    expect(await take([asked])).toMatchObject([{ granted: 0, left: 0 }]);
  });

  it.each(['consumer', 'identity'] as const)('are there for the login %s, too', async (login) => {
    at = start;
    const { rows } = await database.superuser.query(
      `select has_function_privilege($1, p.oid, 'execute') as may from pg_proc p where p.proname = 'take_tokens'`,
      [`tributary_${login}`],
    );
    expect(rows).toEqual([{ may: true }]);
  });

  it.each([
    'select * from edge.buckets',
    `insert into edge.buckets values ('${'x'.repeat(22)}', now())`,
    'update edge.buckets set full_at = now()',
    'delete from edge.buckets',
    'truncate edge.buckets',
  ])('are in buckets that nobody sees or changes otherwise: %s', async (statement) => {
    await expect(database.api.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
  });

  it('are not taken twice from a bucket by one question', async () => {
    const asked = bucket();
    await expect(taker()([asked, asked])).rejects.toMatchObject({ code: '22023' });
  });

  it('are granted in full again when a bucket that was full has been swept away', async () => {
    at = start;
    const asked = bucket({ want: 10 });
    await taker()([asked]);
    at += 120_000;
    // The sweep comes by chance, once in a hundred times.
    for (let round = 0; round < 3000; round += 50) {
      await Promise.all(Array.from({ length: 50 }, () => taker()([bucket({ want: 0 })])));
      const { rows } = await database.superuser.query('select from edge.buckets where key = $1', [asked.key]);
      if (rows.length === 0) break;
    }
    const { rows } = await database.superuser.query('select from edge.buckets where key = $1', [asked.key]);
    expect(rows).toEqual([]);
    expect(await taker()([asked])).toEqual([{ granted: 10, left: 0, waitMs: 0 }]);
  });

  it('are nobody’s while the database does not get to it: who cannot be counted is told that it is unavailable', async () => {
    const { superuser, name, consumer } = database;
    await superuser.query(`alter role tributary_consumer in database ${name} set statement_timeout = '50ms'`);
    await superuser.query('begin; lock table edge.buckets');
    await expect(tokenTaker(consumer)([bucket()])).rejects.toMatchObject({ code: 'unavailable', status: 503 });
    await superuser.query('rollback');
    expect(await tokenTaker(consumer)([bucket()])).toMatchObject([{ granted: 1 }]);
  });
});
