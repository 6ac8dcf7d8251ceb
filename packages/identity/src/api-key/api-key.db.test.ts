import { randomUUID } from 'node:crypto';
import { hashSecret, readApiKey } from '@tributary/core/api-key';
import { showId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Firm } from '../member/people.fixture.ts';
import { after, KeyTrade, parts } from './api-key.fixture.ts';

const year = 365 * 86_400;

let keys: KeyTrade;
let database: TestDatabase;
let orgId: string;
beforeAll(async () => {
  database = await testDatabase();
});
beforeEach(async () => {
  orgId = await createOrganization(database);
  keys = new KeyTrade(database, orgId);
});

describe('making a key', () => {
  it('S3-107 S3-109 S3-110 S3-112 tells all of it once: what is kept has no secret', async () => {
    const { key, ...told } = await keys.create();
    expect(told).toEqual({
      id: expect.stringMatching(/^key_/),
      name: 'till',
      prefix: key.slice(0, 35),
      role: 'operator',
      scopes: ['loyalty:read', 'loyalty:write'],
      createdBy: await keys.owner(),
      createdAt: after(0).toISOString(),
      expiresAt: after(year).toISOString(),
      lastUsedAt: null,
      revokedAt: null,
    });
    expect((await keys.list()).map(({ item }) => item)).toEqual([told]);
    expect(showId('apiKey', parts(key).id)).toBe(told.id);
  });

  it('S3-108 draws 256 bits: no two are alike, and a dump of the database has nothing to ask with', async () => {
    const made = await Promise.all(Array.from({ length: 20 }, () => keys.create()));
    const secrets = made.map(({ key }) => readApiKey('live', key)?.secret ?? '');
    expect(new Set(secrets).size).toBe(20);
    const dump = await everyRow();
    expect(dump).toContain(orgId);
    for (const secret of secrets) {
      expect(secret).toMatch(/^[0-9A-Za-z]{43}$/);
      expect(dump).not.toContain(secret);
      expect(dump).toContain(hashSecret(secret).toString('hex'));
    }
    expect(dump).not.toMatch(/trb_(live|test)_/);
  });

  it.each([
    ['a year to the second', after(year), null],
    ['a second', after(1), null],
    ['more than a year', after(year + 1), 'must be within a year'],
    ['no time', after(0), 'must be in the future'],
    ['a time that has passed', after(-1), 'must be in the future'],
  ])('lets it live for %s, or says why not', async (_what, end, message) => {
    const made = keys.create({ expiresAt: end.toISOString() });
    if (message === null) expect(await made).toMatchObject({ expiresAt: end.toISOString() });
    else
      await expect(made).rejects.toMatchObject({
        code: 'validation_failed',
        issues: [{ path: 'expiresAt', message }],
      });
  });

  it.each([
    ['owner', ['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer']],
    ['admin', ['admin', 'finance', 'analyst', 'operator', 'viewer']],
    ['finance', []],
    ['analyst', []],
    ['operator', []],
    ['viewer', []],
  ] as const)('by a member who is %s makes none that is more', async (maker, allowed) => {
    const made: string[] = [];
    const { actor } = await new Firm(database, orgId).employ(maker);
    for (const role of ['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer'] as const) {
      const asked = keys.create({ role }, { actor });
      const code = await asked.then(
        () => 'made',
        (error) => error.code,
      );
      if (code === 'made') made.push(role);
      else expect(code).toBe('forbidden');
    }
    expect(made).toEqual(allowed);
    expect(await keys.list()).toHaveLength(allowed.length);
  });

  it.each([
    ['no name', { name: ' ' }],
    ['no scope', { scopes: [] }],
    ['an end that is no time', { expiresAt: 'never' }],
    ['a field more', { id: randomUUID() }],
  ])('is refused with %s', async (_what, change) => {
    await expect(keys.create(change as Parameters<KeyTrade['create']>[0])).rejects.toMatchObject({
      code: 'validation_failed',
    });
  });

  it.each([
    ['was removed', 'delete from identity.members where user_id = $1'],
    ['was made less', `update identity.members set role = 'operator' where user_id = $1`],
    ['was suspended', `update identity.users set status = 'suspended' where id = $1`],
    ['is of another organization now', 'update identity.members set org_id = $2 where user_id = $1'],
  ])('is not for an admin who %s while their token lives', async (_what, change) => {
    const admin = await new Firm(database, orgId).employ('admin');
    expect(await keys.create({ role: 'viewer' }, admin)).toMatchObject({ createdBy: admin.actor });
    const values = change.includes('$2') ? [admin.id, await createOrganization(database)] : [admin.id];
    await database.superuser.query(change, values);
    await expect(keys.create({ role: 'viewer' }, admin)).rejects.toMatchObject({ code: 'forbidden' });
    expect(await keys.list()).toHaveLength(1);
  });

  it('is for nobody who is no member: neither a key nor somebody unknown', async () => {
    const { id } = await keys.create();
    for (const actor of [id, showId('user', randomUUID()), 'the-owner']) {
      await expect(keys.create({ role: 'viewer' }, { actor })).rejects.toMatchObject({ code: 'forbidden' });
    }
  });

  it('is refused when the plan has room for no more, also to those who ask at once', async () => {
    await database.superuser.query(`update identity.organizations set plan = 'free' where id = $1`, [orgId]);
    const outcomes = await Promise.allSettled(Array.from({ length: 6 }, () => keys.create()));
    const made = outcomes.flatMap((one) => (one.status === 'fulfilled' ? [one.value] : []));
    const refused = outcomes.flatMap((one) => (one.status === 'rejected' ? [one.reason.code] : []));
    expect([made.length, refused]).toEqual([2, Array(4).fill('plan_limit_reached')]);
    await keys.revoke(made[0]?.id ?? '');
    await keys.create();
    await expect(keys.create()).rejects.toMatchObject({ code: 'plan_limit_reached' });
    await keys.create({}, { now: after(year) });
  });
});

describe('ending a key', () => {
  it('is for good, and noted once', async () => {
    const { id, key } = await keys.create();
    expect(await keys.revoke(id, after(5))).toMatchObject({ id, revokedAt: after(5).toISOString() });
    expect(await keys.revoke(id, after(9))).toMatchObject({ id, revokedAt: after(5).toISOString() });
    expect(await keys.find(key, after(6))).toBeNull();
    const { rows } = await database.superuser.query(
      `select actor, action, target_type, target_id, before, after from audit.records where org_id = $1 order by id`,
      [orgId],
    );
    const target = { target_type: 'apiKey', target_id: parts(key).id };
    const made = { name: 'till', role: 'operator', scopes: ['loyalty:read', 'loyalty:write'] };
    expect(rows).toEqual([
      {
        actor: await keys.owner(),
        action: 'api_key.create',
        ...target,
        before: null,
        after: { ...made, expiresAt: after(year).toISOString() },
      },
      {
        actor: 'bob',
        action: 'api_key.revoke',
        ...target,
        before: { revokedAt: null },
        after: { revokedAt: after(5).toISOString() },
      },
    ]);
  });

  it('of others is not found, and ends nothing', async () => {
    const { id, key } = await keys.create();
    const other = new KeyTrade(database, await createOrganization(database));
    for (const unknown of [id, showId('apiKey', randomUUID()), id.replace('key', 'con'), 'x']) {
      await expect(other.revoke(unknown)).rejects.toMatchObject({ code: 'not_found' });
    }
    expect(await keys.find(key)).not.toBeNull();
    expect(await other.list()).toEqual([]);
  });
});

describe('what the API may do with the table itself', () => {
  it.each([
    'select secret_hash from identity.api_keys',
    `update identity.api_keys set scopes = '{x}'`,
    `update identity.api_keys set role = 'owner'`,
    `update identity.api_keys set expires_at = now()`,
    'update identity.api_keys set last_used_at = now()',
    `insert into identity.api_keys (org_id, id, name, secret_hash, role, scopes, created_by, created_at, expires_at)
     select org_id, uuidv7(), name, '', role, scopes, created_by, created_at, expires_at from identity.api_keys`,
    'delete from identity.api_keys',
  ])('does not include: %s', async (statement) => {
    await keys.create();
    const tried = withTenant({ database: database.api, orgId }, (tx) => tx.query(statement));
    await expect(tried).rejects.toMatchObject({ code: '42501' });
  });
});

/** All rows of all tables as text, as a dump has them. */
async function everyRow(): Promise<string> {
  const { rows: tables } = await database.superuser.query(
    `select format('%I.%I', schemaname, tablename) as name from pg_tables
     where schemaname not in ('pg_catalog', 'information_schema')`,
  );
  const texts: string[] = [];
  for (const { name } of tables) {
    const { rows } = await database.superuser.query(`select t::text as row from ${name} t`);
    texts.push(...rows.map(({ row }) => row));
  }
  return texts.join('\n');
}
