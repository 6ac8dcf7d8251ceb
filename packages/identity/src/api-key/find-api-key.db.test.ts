import { randomUUID } from 'node:crypto';
import { readId } from '@tributary/core/ids';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { after, KeyTrade, parts } from './api-key.fixture.ts';
import { findApiKey } from './find-api-key.ts';

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

describe('looking a key up', () => {
  it('says whose it is, as what it acts, and until when', async () => {
    const { key } = await keys.create();
    expect(await keys.find(key)).toEqual({
      orgId,
      secretHash: expect.any(Uint8Array),
      role: 'operator',
      scopes: ['loyalty:read', 'loyalty:write'],
      expiresAt: after(year),
    });
    expect(Buffer.from((await keys.find(key))?.secretHash ?? []).equals(parts(key).secretHash)).toBe(true);
  });

  it('finds none by an unknown id, and none that has expired', async () => {
    const { key } = await keys.create({ expiresAt: after(60).toISOString() });
    expect(await keys.find(key, after(59.999))).not.toBeNull();
    expect(await keys.find(key, after(60))).toBeNull();
    expect(await findApiKey(database.api, { ...parts(key), id: randomUUID(), at: after(1) })).toBeNull();
  });

  it('finds none of an organization that is suspended, until it is active again', async () => {
    const { id, key } = await keys.create();
    const become = (status: string) =>
      database.superuser.query('update identity.organizations set status = $2 where id = $1', [orgId, status]);
    await become('suspended');
    expect(await keys.find(key)).toBeNull();
    expect((await keys.row(id)).last_used_at).toBeNull();
    await become('active');
    expect(await keys.find(key)).not.toBeNull();
  });

  it('S3-111 notes its use once a minute at most', async () => {
    const { id, key } = await keys.create();
    const writes = await countWrites(id);
    const notes: (Date | null)[] = [];
    for (const seconds of [1, 2, 30, 60.999, 61, 62, 120.999, 121]) {
      await keys.find(key, after(seconds));
      notes.push((await keys.row(id)).last_used_at);
    }
    expect(notes).toEqual([1, 1, 1, 1, 61, 61, 61, 121].map(after));
    expect(await writes()).toBe(3);
    expect((await keys.list())[0]?.item.lastUsedAt).toBe(after(121).toISOString());
  });

  it('S3-111 notes the use of many at once by one write', async () => {
    const { id, key } = await keys.create();
    const writes = await countWrites(id);
    const asked = 50;
    await Promise.all(Array.from({ length: asked }, () => keys.find(key)));
    const written = await writes();
    console.info(`last use of an API key: ${asked} look-ups at once, ${written} writes`);
    expect(written).toBe(1);
  });

  it('finds and notes nothing for who has the id and not the secret', async () => {
    const { id, key } = await keys.create();
    const other = parts((await keys.create()).key).secretHash;
    for (const secretHash of [other, Buffer.alloc(32), Buffer.alloc(0)]) {
      expect(await findApiKey(database.api, { ...parts(key), secretHash, at: after(1) })).toBeNull();
    }
    expect((await keys.row(id)).last_used_at).toBeNull();
  });

  it.each(['worker', 'system', 'consumer', 'identity'] as const)('is not for the %s login', async (login) => {
    const { key } = await keys.create();
    await expect(findApiKey(database[login], { ...parts(key), at: after(1) })).rejects.toMatchObject({ code: '42501' });
  });
});

/** Counts how often the row of a key is written from now on. */
async function countWrites(id: string): Promise<() => Promise<number>> {
  const written = `written_${randomUUID().replaceAll('-', '')}`;
  await database.superuser.query(`
    create table public.${written} ();
    create function public.${written}() returns trigger language plpgsql security definer as
      $$ begin insert into public.${written} default values; return null; end $$;
    create trigger ${written} after update on identity.api_keys for each row
      when (new.id = '${readId('apiKey', id)}') execute function public.${written}()`);
  return async () => (await database.superuser.query(`select count(*)::int from public.${written}`)).rows[0].count;
}
