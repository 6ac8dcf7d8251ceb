import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { beforeAll, describe, expect, it } from 'vitest';
import { unclassified } from './impersonal.ts';

describe('personal data', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  async function foundWith(plant: string): Promise<string[]> {
    const { superuser } = database;
    await superuser.query('begin');
    try {
      await superuser.query(plant);
      const { rows } = await superuser.query(unclassified);
      return rows.map(({ object, problem }) => `${object} ${problem}`);
    } finally {
      await superuser.query('rollback');
    }
  }

  it('is marked: of every column is said that it is personal, secret, or neither', async () => {
    expect(await foundWith('select 1')).toEqual([]);
    const { rows } = await database.superuser.query(
      `select split_part(col_description(attrelid, attnum), ':', 1) as mark, count(*)::int as columns
       from pg_attribute where col_description(attrelid, attnum) ~ '^(pii|secret)\\M' group by 1 order by 1`,
    );
    console.info(rows.map(({ mark, columns }) => `${columns} columns marked ${mark}`).join(', '));
    expect(rows.map(({ mark }) => mark)).toEqual(['pii', 'secret']);
  });

  it.each([
    ['a new column of text', 'alter table loyalty.customers add birthday_wish text'],
    ['a new column of JSON', 'alter table loyalty.customers add birthday_wish jsonb'],
    ['a new column of words', `alter table loyalty.customers add birthday_wish text[] not null default '{}'`],
    ['a new type nobody has thought of', 'alter table loyalty.customers add birthday_wish inet'],
    [
      'a column whose check is a pattern',
      `alter table loyalty.customers add birthday_wish text check (birthday_wish ~ '^.')`,
    ],
  ])('is looked for in %s', async (_what, plant) => {
    expect(await foundWith(plant)).toEqual([
      'loyalty.customers.birthday_wish is neither marked nor listed as impersonal',
    ]);
  });

  it('has a mark that cannot be lost unseen', async () => {
    expect(await foundWith(`comment on column loyalty.transactions.contact_email is 'normalised'`)).toEqual([
      'loyalty.transactions.contact_email is neither marked nor listed as impersonal',
    ]);
  });

  it('is not listed as impersonal as well, and no line outlives its column', async () => {
    expect(await foundWith(`comment on column loyalty.wallets.tier is 'pii: perhaps'`)).toEqual([
      'loyalty.wallets.tier is listed as impersonal and marked as well',
    ]);
    expect(await foundWith('alter table loyalty.wallets rename tier to level')).toEqual(
      expect.arrayContaining(['loyalty.wallets.tier is listed as impersonal and needs no line']),
    );
  });
});
