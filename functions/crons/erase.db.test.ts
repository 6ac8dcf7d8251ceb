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
    expect(await handler({}, { getRemainingTimeInMillis: () => 60_000 })).toEqual({ erasures: 1, payees: 0 });
    expect(lines).toEqual([
      {
        timestamp: expect.any(String),
        level: 'ERROR',
        event: 'erasure_failed',
        ...{ orgId, customerId: rows[0].customer_id, step: 'pulls', sqlState: '22P02', error: expect.any(String) },
      },
      { timestamp: expect.any(String), level: 'INFO', event: 'erasures_swept', erasures: 1, payees: 0 },
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
  });

  it('tells of an organization whose invoices could not be gone through, and ends the others', async () => {
    const erased = async () => {
      const orgId = await createOrganization(database);
      await database.superuser.query(
        `insert into affiliate.sub_affiliates (org_id, name, payment_terms, carries_negative, status, erased_at, forget_from)
         values ($1, 'Erased', 'net30', true, 'archived', now(), '2020-01-01')`,
        [orgId],
      );
      return orgId;
    };
    const [one, other] = [await erased(), await erased()];
    await database.superuser.query(
      `create function pg_temp.fail() returns trigger language plpgsql as $$ begin raise exception 'canary'; end $$;
       create trigger fails before update on affiliate.sub_affiliates for each row when (old.org_id = '${one}') execute function pg_temp.fail()`,
    );
    lines.length = 0;
    await handler({}, { getRemainingTimeInMillis: () => 60_000 });
    await database.superuser.query('drop trigger fails on affiliate.sub_affiliates');
    expect(lines.filter(({ event, step }) => event === 'erasure_failed' && step === 'payees')).toEqual([
      expect.objectContaining({ level: 'ERROR', orgId: one, customerId: null, sqlState: 'P0001' }),
    ]);
    expect(JSON.stringify(lines)).not.toContain('canary');
    const { rows } = await database.superuser.query(
      'select org_id from affiliate.sub_affiliates where forget_from is not null and org_id = any ($1)',
      [[one, other]],
    );
    expect(rows).toEqual([{ org_id: one }]);
    await database.superuser.query('update affiliate.sub_affiliates set forget_from = null');
  });

  it('begins nothing when the time is nearly over', async () => {
    await database.superuser.query(
      `update privacy.erasures set swept_at = null, position = '{"step": "deliveries", "from": null}'`,
    );
    expect(await handler({}, { getRemainingTimeInMillis: () => 15_000 })).toEqual({ erasures: 0, payees: 0 });
    expect(await handler({}, { getRemainingTimeInMillis: () => 15_001 })).toEqual({ erasures: 2, payees: 0 });
  });
});
