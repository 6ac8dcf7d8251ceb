import { createEnvelope } from '@tributary/credentials/envelope';
import { createKmsClient } from '@tributary/credentials/kms-client';
import { wrappingKey } from '@tributary/credentials/wrapping-key';
import { type LocalKms, startKms } from '@tributary/local/kms';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';

const plenty = { getRemainingTimeInMillis: () => 900_000 };
const over = { getRemainingTimeInMillis: () => 1_000 };

describe('sealing everything under the current key', () => {
  let database: TestDatabase;
  let kms: LocalKms;
  let reseal: typeof import('./reseal.ts').handler;
  const lines: string[] = [];

  beforeAll(async () => {
    database = await testDatabase();
    kms = await startKms();
    const links = {
      App: { name: 'tributary', stage: 'test' },
      DatabaseSystem: { url: database.url('system') },
      CredentialsKey: { arn: kms.keyArn },
    };
    vi.stubEnv('SST_RESOURCES_JSON', JSON.stringify(links));
    vi.stubEnv('NEON_LOCAL_PROXY', database.proxy);
    vi.stubEnv('AWS_ENDPOINT_URL_KMS', kms.url);
    vi.stubEnv('AWS_REGION', 'us-east-1');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'local');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'local');
    vi.spyOn(process.stdout, 'write').mockImplementation((line) => lines.push(String(line)) > 0);
    ({ handler: reseal } = await import('./reseal.ts'));
    await store(101);
  });
  afterAll(async () => {
    vi.restoreAllMocks();
    vi.unstubAllEnvs();
    await kms.stop();
  });

  /** So many credentials of one organization, each sealed in its place under the key. */
  async function store(count: number): Promise<void> {
    const envelope = createEnvelope({
      kms: createKmsClient(),
      keys: [wrappingKey(kms.keyArn)],
      clock: () => new Date(),
    });
    const orgId = await createOrganization(database);
    for (let index = 0; index < count; index += 1) {
      const { rows } = await database.superuser.query<{ id: string }>('select uuidv7() as id');
      const id = rows[0]?.id ?? '';
      const sealed = await envelope.seal({ orgId, connectionId: id, field: 'access_token' }, `token ${index}`);
      await database.superuser.query(
        `insert into sync.credentials (org_id, id, provider, sealed_access_token) values ($1, $2, 'square', $3)`,
        [orgId, id, JSON.stringify(sealed)],
      );
    }
  }

  it('goes through all of them, and changes nothing that is current', async () => {
    expect(await reseal(null, plenty)).toEqual({ examined: 101, resealed: 0, unreadable: 0, next: null });
    expect(lines.at(-1)).toContain('"event":"resealed"');
  });

  it('says where it stopped when its time was over, and goes on there', async () => {
    const { examined, next } = await reseal({}, over);
    expect(examined).toBe(100);
    expect(await reseal({ after: next }, over)).toMatchObject({ examined: 1, next: null });
  });

  it('a credential that is none any more is counted and reported', async () => {
    await database.superuser.query(
      `update sync.credentials set sealed_access_token = jsonb_set(sealed_access_token, '{keyId}', '"another"')
       where id = (select min(id::text)::uuid from sync.credentials)`,
    );
    expect(await reseal({}, plenty)).toMatchObject({ examined: 101, unreadable: 1 });
    expect(lines.at(-1)).toMatch(/"level":"ERROR","event":"resealed"/);
  });

  it('refuses what is no place to go on from', async () => {
    await expect(reseal({ after: 'here' }, plenty)).rejects.toMatchObject({ code: 'validation_failed' });
  });
});
