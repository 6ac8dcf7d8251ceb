import { randomUUID } from 'node:crypto';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { type Colleague, Firm } from '../member/people.fixture.ts';
import { sweepExpired } from './sweep-expired.ts';

const now = new Date('2026-11-21T12:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1_000);
const month = 30 * 86_400;

describe('what has ended', () => {
  let database: TestDatabase;
  let firm: Firm;
  let owner: Colleague;
  beforeAll(async () => {
    database = await testDatabase();
  });
  beforeEach(async () => {
    for (const table of ['sessions', 'verifications', 'invitations'])
      await database.superuser.query(`delete from identity.${table}`);
    firm = await Firm.found(database);
    owner = await firm.employ('owner');
  });

  const sql = async (text: string, values: unknown[] = []) => (await database.superuser.query(text, values)).rows;
  const add = {
    session: (end: Date) =>
      sql('insert into identity.sessions (token, user_id, expires_at) values ($1, $2, $3)', [
        randomUUID(),
        owner.id,
        end,
      ]),
    verification: (end: Date) =>
      sql('insert into identity.verifications (identifier, value, expires_at) values ($1, $2, $3)', [
        randomUUID(),
        owner.id,
        end,
      ]),
    invitation: (end: Date, status = 'pending') =>
      sql(
        `insert into identity.invitations (org_id, email, role, status, inviter_id, expires_at) values ($1, $2, 'viewer', $3, $4, $5)`,
        [firm.orgId, `${randomUUID()}@example.com`, status, owner.id, end],
      ),
  };
  const ends = async (table: string) =>
    (await sql(`select expires_at from identity.${table} order by expires_at`)).map(({ expires_at }) => expires_at);

  it('goes, and nothing that has not: sessions and tokens at once, invitations a month later, answered or not', async () => {
    for (const seconds of [-1, 0, 1]) {
      await add.session(after(seconds));
      await add.verification(after(seconds));
      for (const status of ['pending', 'accepted', 'rejected', 'canceled'])
        await add.invitation(after(seconds - month), status);
    }
    await add.invitation(after(-1));
    expect(await sweepExpired(database.identity, now)).toEqual({ sessions: 2, verifications: 2, invitations: 8 });
    expect([await ends('sessions'), await ends('verifications')]).toEqual([[after(1)], [after(1)]]);
    expect(await ends('invitations')).toEqual([...Array(4).fill(after(1 - month)), after(-1)]);
    expect(await sweepExpired(database.identity, now)).toEqual({ sessions: 0, verifications: 0, invitations: 0 });
  });

  it('goes the oldest first, and no more than ten thousand at a time', async () => {
    await sql(
      `insert into identity.verifications (identifier, value, expires_at)
       select n::text, '', $1::timestamptz - interval '1 second' * n from generate_series(1, 10003) n`,
      [now],
    );
    expect(await sweepExpired(database.identity, now)).toMatchObject({ verifications: 10_000 });
    expect(await ends('verifications')).toEqual([after(-3), after(-2), after(-1)]);
    expect(await sweepExpired(database.identity, now)).toMatchObject({ verifications: 3 });
  });

  it('waits for nobody: what somebody works on goes the next time', async () => {
    await add.session(after(-2));
    await add.session(after(-1));
    await sql('begin');
    await sql('select from identity.sessions where expires_at = $1 for update', [after(-2)]);
    const during = await sweepExpired(database.identity, now).finally(() => sql('rollback'));
    expect(during).toMatchObject({ sessions: 1 });
    expect(await sweepExpired(database.identity, now)).toMatchObject({ sessions: 1 });
  });

  it.each(['sessions', 'verifications', 'invitations'])('of identity.%s is found by an index', async (table) => {
    await sql('begin');
    await sql('set local enable_seqscan = off');
    const plan = await sql(
      `explain (format json) select ctid from identity.${table} where expires_at <= now() order by expires_at limit 1000 for update skip locked`,
    ).finally(() => sql('rollback'));
    expect(JSON.stringify(plan)).toContain(`"${table}_expired"`);
  });

  it.each(['api', 'worker', 'system', 'consumer'] as const)('is not the %s login’s to delete', async (login) => {
    await expect(sweepExpired(database[login], now)).rejects.toMatchObject({ code: '42501' });
  });
});
