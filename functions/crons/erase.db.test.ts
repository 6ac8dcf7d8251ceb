import type { TestDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { type LogLine, openCronWorker } from './cron.fixture.ts';

describe('the cron that goes on with erasures', () => {
  let database: TestDatabase;
  let handler: typeof import('./erase.ts').handler;
  let lines: LogLine[];

  beforeAll(async () => {
    ({ database, lines } = await openCronWorker());
    ({ handler } = await import('./erase.ts'));
  });

  it('tells which failed, in ids and codes alone, and ends the others', async () => {
    const orgId = await createOrganization(database);
    const { rows } = await database.superuser.query(
      `insert into privacy.erasures (org_id, customer_id, requested_at, position)
       select $1, gen_random_uuid(), now() - interval '1 hour', position::jsonb
       from unnest(array['{"step": "pulls", "from": "canary@example.com"}', '{"step": "deliveries", "from": null}']) as position
       returning customer_id`,
      [orgId],
    );
    expect(await handler({}, { getRemainingTimeInMillis: () => 60_000 })).toEqual({ erasures: 1 });
    expect(lines).toEqual([
      {
        timestamp: expect.any(String),
        level: 'ERROR',
        event: 'erasure_failed',
        ...{ orgId, customerId: rows[0].customer_id, step: 'pulls', sqlState: '22P02', error: expect.any(String) },
      },
      { timestamp: expect.any(String), level: 'INFO', event: 'erasures_swept', erasures: 1 },
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('begins nothing when the time is nearly over', async () => {
    await database.superuser.query(
      `update privacy.erasures set swept_at = null, position = '{"step": "deliveries", "from": null}'`,
    );
    expect(await handler({}, { getRemainingTimeInMillis: () => 15_000 })).toEqual({ erasures: 0 });
    expect(await handler({}, { getRemainingTimeInMillis: () => 15_001 })).toEqual({ erasures: 2 });
  });
});
