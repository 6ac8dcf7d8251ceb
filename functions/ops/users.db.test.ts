import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createUser } from '../api/test/people.ts';

describe('what the people of the platform do about users', () => {
  let database: TestDatabase;
  let users: typeof import('./users.ts').handler;
  const lines: string[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    const links = {
      App: { name: 'tributary', stage: 'test' },
      DatabaseIdentity: { url: database.url('identity') },
    };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
    vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    ({ handler: users } = await import('./users.ts'));
  });
  afterAll(() => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
  });

  const decision = (userId: string, decision: string) => ({ userId, decision, reason: 'looked at', actor: 'ann' });

  it('lists who waits, and approves them: nobody waits then', async () => {
    const { id, email } = await createUser(database);
    await database.superuser.query(`update identity.users set status = 'pending_approval' where id = $1`, [id]);
    expect(await users({})).toMatchObject({ waiting: [{ userId: id, email }] });
    expect(await users(decision(id, 'approve'))).toEqual({ userId: id, status: 'active', sessionsEnded: 0 });
    expect(await users(undefined)).toEqual({ waiting: [] });
    const { rows } = await database.superuser.query('select actor from identity.status_changes where user_id = $1', [
      id,
    ]);
    expect(rows).toEqual([{ actor: 'platform:ann' }]);
    expect(lines.join('')).toContain(id);
    expect(lines.join('')).not.toContain(email);
  });

  it('suspends and reinstates', async () => {
    const { id } = await createUser(database);
    expect(await users(decision(id, 'suspend'))).toMatchObject({ status: 'suspended' });
    expect(await users(decision(id, 'reinstate'))).toMatchObject({ status: 'active' });
  });

  it.each([
    ['who decides', { actor: '' }],
    ['why', { reason: '' }],
    ['about whom', { userId: 'usr_x' }],
    ['what', { decision: 'promote' }],
  ])('has to be told %s', async (_what, wrong) => {
    const { id } = await createUser(database);
    await expect(users({ ...decision(id, 'suspend'), ...wrong })).rejects.toMatchObject({ code: 'validation_failed' });
  });
});
