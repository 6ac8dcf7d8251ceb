import { globSync } from 'node:fs';
import { getTableName, is } from 'drizzle-orm';
import { getTableConfig, type PgColumn, PgTable } from 'drizzle-orm/pg-core';
import { beforeAll, describe, expect, it } from 'vitest';
import { type TestDatabase, testDatabase } from './database.ts';

const root = new URL('../../../', import.meta.url).pathname;

interface Described {
  relation: string;
  columns: PgColumn[];
}

const described: Described[] = [];
for (const file of globSync('packages/*/src/**/*.sql.ts', { cwd: root })) {
  for (const exported of Object.values(await import(`${root}${file}`))) {
    if (is(exported, PgTable)) {
      const { schema, columns } = getTableConfig(exported);
      described.push({ relation: `${schema}.${getTableName(exported)}`, columns });
    }
  }
}

/** Migrations are written by hand, so nothing but this keeps what Drizzle believes and what is there together. */
describe('what Drizzle is told of the database', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it('is more than a few relations', () => {
    expect(described.length).toBeGreaterThan(5);
  });

  it.each(described)('$relation is as described', async ({ relation, columns }) => {
    const { rows } = await database.superuser.query<{ name: string; type: string; required: boolean }>(
      `select attname as name, format_type(atttypid, atttypmod) as type, attnotnull as required
       from pg_attribute where attrelid = $1::regclass and attnum > 0 and not attisdropped`,
      [relation],
    );
    const actual = new Map(rows.map((row) => [row.name, row]));
    for (const column of columns) {
      const there = actual.get(column.name);
      expect([column.name, there?.type]).toEqual([column.name, column.getSQLType()]);
      expect([column.name, there?.required]).toEqual([column.name, column.notNull]);
    }
  });
});
