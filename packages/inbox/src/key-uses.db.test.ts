import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { keyUses } from './key-uses.ts';

describe('the uses of webhook keys', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
    await database.superuser.query(
      `insert into inbox.deliveries (provider, sha256, received_at, url, headers, key_id, body, status)
       select u.provider, sha256((u.provider || coalesce(u.key, '') || n)::bytea), u.first + interval '1 minute' * ((n * 7) % 5000), '', '{}', u.key, '', 'routed'
       from (values ('square', 'bbbb', timestamptz '2026-11-02T00:00:00Z'), ('square', 'aaaa', timestamptz '2026-11-01T00:00:00Z'),
         ('xero', 'aaaa', timestamptz '2026-11-03T00:00:00Z'), ('clover', null, timestamptz '2026-11-04T00:00:00Z')) as u (provider, key, first),
         generate_series(0, 4999) n`,
    );
    await database.superuser.query('vacuum analyze inbox.deliveries');
  });

  it('are the first and the last delivery of each, by provider; a handshake that nobody signed is of none', async () => {
    const last = (day: number) => new Date(Date.UTC(2026, 10, day) + 4999 * 60_000);
    expect(await keyUses(database.system)).toEqual([
      { provider: 'square', keyId: 'aaaa', firstAt: new Date('2026-11-01T00:00:00Z'), lastAt: last(1) },
      { provider: 'square', keyId: 'bbbb', firstAt: new Date('2026-11-02T00:00:00Z'), lastAt: last(2) },
      { provider: 'xero', keyId: 'aaaa', firstAt: new Date('2026-11-03T00:00:00Z'), lastAt: last(3) },
    ]);
  });

  it('are found without reading the deliveries', async () => {
    const statements: string[] = [];
    const { pool } = database.system;
    const asked = pool.query.bind(pool);
    pool.query = ((statement: { text: string }) => {
      statements.push(statement.text);
      return asked(statement);
    }) as typeof pool.query;
    await keyUses(database.system);
    pool.query = asked as typeof pool.query;
    const { rows } = await database.superuser.query(`explain (analyze, buffers off, format json) ${statements[0]}`);
    const read: number[] = [];
    const visit = (plan: Record<string, unknown>) => {
      if (plan['Relation Name'] === 'deliveries')
        read.push(
          ((plan['Actual Rows'] as number) + ((plan['Rows Removed by Filter'] as number) ?? 0)) *
            (plan['Actual Loops'] as number),
        );
      for (const child of (plan.Plans as Record<string, unknown>[]) ?? []) visit(child);
    };
    visit(rows[0]['QUERY PLAN'][0].Plan);
    expect(read.length).toBeGreaterThan(0);
    expect(Math.max(...read)).toBeLessThanOrEqual(4);
  });
});
