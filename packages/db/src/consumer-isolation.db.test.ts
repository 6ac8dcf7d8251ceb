import { randomUUID } from 'node:crypto';
import type { VerifiedContacts } from '@tributary/core/contact';
import { testDatabase } from '@tributary/testing/database';
import { sql } from 'drizzle-orm';
import { describe, expect, it } from 'vitest';
import {
  admitCanaries,
  insertion,
  newRow,
  type Organization,
  plantCanaries,
  readTables,
  rowOf,
} from './catalogue/canaries.ts';
import { openToConsumers } from './catalogue/consumer-checks.ts';
import { readConsumer } from './read.ts';
import { sqlState } from './sqlstate.ts';
import { withTenant } from './transaction.ts';

const database = await testDatabase();
const { superuser } = database;
const tables = await readTables(superuser);
const open = tables.filter(({ name }) => name in openToConsumers);
const closed = tables.filter(({ name }) => !(name in openToConsumers));
const columnsOf = (name: string) => openToConsumers[name]?.columns.join(', ') ?? '';
await admitCanaries(superuser);

const ann = { email: 'ann@example.com', mobile: '+14155550100' };
const bob = { email: 'bob@example.com', mobile: '+14155550101' };

/** A customer of an organization with one row of everything; a second one shares the organization and nothing else. */
async function customer(orgId: string, kind: string, value: string, of?: Organization): Promise<Organization> {
  const planted = { id: orgId, canary: `canary-${randomUUID()}`, rows: new Map(of?.rows) };
  // Of what there is one per organization, the other's.
  const own = of ? tables.filter(({ primaryKey, tenantColumn }) => `${primaryKey}` !== tenantColumn) : tables;
  await plantCanaries(superuser, own, planted);
  const named = `update loyalty.customer_identities set kind = $3, provider = case $3 when 'external' then 'square' else '' end, value = $4
    where org_id = $1 and customer_id = $2`;
  const identity = planted.rows.get('loyalty.customer_identities');
  await superuser.query(named, [orgId, identity?.customer_id, kind, value]);
  return planted;
}

// Ann buys at three organizations, known there by another contact each; at each of them others do too.
const [first, second, third] = [randomUUID(), randomUUID(), randomUUID()];
const annAtFirst = await customer(first, 'email', ann.email);
const annAtSecond = await customer(second, 'mobile', ann.mobile);
const bobAtFirst = await customer(first, 'email', bob.email, annAtFirst);
const bobAtThird = await customer(third, 'mobile', bob.mobile);
// Nobody's contact: the same text as another kind of name.
await customer(first, 'external', ann.email, annAtFirst);
await customer(second, 'email', ann.mobile, annAtSecond);
await customer(third, 'mobile', ann.email, bobAtThird);

interface Answer {
  rows?: unknown[];
  refused?: string | undefined;
}

async function ask(contacts: VerifiedContacts, statement: string): Promise<Answer> {
  const read = readConsumer({ database: database.consumer, contacts }, (reader) => {
    const rows = reader.select({ row: sql`to_jsonb(t)` }).from(sql.raw(`(${statement}) t`));
    return rows as PromiseLike<{ row: unknown }[]>;
  });
  return read.then(
    (rows) => ({ rows: rows.map(({ row }) => row) }),
    (error) => ({ refused: sqlState(error) }),
  );
}

/** What was planted, cut to what is open. */
async function planted(table: (typeof tables)[number], whose: readonly Organization[]) {
  const rows = whose.map((organization) => JSON.stringify(rowOf(organization, table)));
  const { rows: shown } = await superuser.query(
    `select to_jsonb(t) as row from unnest($1::jsonb[]) r,
       lateral (select ${columnsOf(table.name)} from jsonb_populate_record(null::${table.name}, r)) t`,
    [rows],
  );
  return shown.map(({ row }) => row);
}

const sorted = (rows: readonly unknown[] = []) => rows.map((row) => JSON.stringify(row)).toSorted();

describe('a consumer', () => {
  it.each(open)('sees of $name exactly what is theirs, at every organization', async (table) => {
    const statement = `select ${columnsOf(table.name)} from ${table.name}`;
    const cases: [Partial<VerifiedContacts>, Organization[]][] = [
      [ann, [annAtFirst, annAtSecond]],
      [{ email: ann.email }, [annAtFirst]],
      [{ mobile: ann.mobile }, [annAtSecond]],
      [bob, [bobAtFirst, bobAtThird]],
      [{ email: ann.email, mobile: bob.mobile }, [annAtFirst, bobAtThird]],
    ];
    for (const [{ email = null, mobile = null }, whose] of cases) {
      const { rows } = await ask({ email, mobile }, statement);
      expect(sorted(rows)).toEqual(sorted(await planted(table, whose)));
    }
  });

  it.each(open)('sees nothing of $name without a contact, or by one that is nobody’s', async (table) => {
    const statement = `select ${columnsOf(table.name)} from ${table.name}`;
    const nobodys = ['', ' ', '%', `ANN@EXAMPLE.COM`, `' or true --`, first];
    for (const contact of [null, ...nobodys]) {
      expect(await ask({ email: contact, mobile: contact }, statement)).toEqual({ rows: [] });
    }
    expect((await database.consumer.pool.query(statement)).rows).toEqual([]);
  });

  it.each(open)('is refused every other column of $name', async ({ name, columns }) => {
    const shown = openToConsumers[name]?.columns ?? [];
    const others = columns.map((column) => column.name).filter((column) => !shown.includes(column));
    // Entries are points and nothing else, and open as a whole.
    expect(others.length > 0).toBe(name !== 'ledger.entries');
    for (const column of others) {
      for (const statement of [`select ${column} from ${name}`, `select 1 from ${name} t where t::text like '%x%'`]) {
        expect([column, await ask(ann, statement)]).toEqual([column, { refused: '42501' }]);
      }
    }
  });

  it.each(closed)('is refused $name altogether', async ({ name }) => {
    expect(await ask(ann, `select 1 from ${name}`)).toEqual({ refused: '42501' });
  });

  it.each(tables)('changes nothing of $name', async (table) => {
    const [column] = table.columns;
    const statements = [
      insertion(table, newRow(table, annAtFirst)),
      `update ${table.name} set ${column?.name} = ${column?.name}`,
      `delete from ${table.name}`,
      `truncate ${table.name}`,
      `select 1 from ${table.name} for update`,
    ];
    for (const statement of statements) {
      await expect(database.consumer.pool.query(statement)).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('sees no more with an organization set', async () => {
    const statement = `select id, name from identity.organizations cross join (select set_config('app.org_id', '${third}', true)) s`;
    const { rows } = await ask(ann, statement);
    expect(rows).toHaveLength(2);
    expect(JSON.stringify(rows)).not.toContain(third);
  });

  it('cannot become anybody else, call what writes, or look at what ANALYZE sampled', async () => {
    await superuser.query('analyze loyalty.customer_identities');
    const { pool } = database.consumer;
    for (const role of ['app_read', 'tributary_api', 'tributary_system', 'ledger_writer', 'tributary_owner']) {
      await expect(pool.query(`set role ${role}`)).rejects.toMatchObject({ code: '42501' });
    }
    await expect(pool.query(`select ledger.fold('${first}', '${first}')`)).rejects.toMatchObject({ code: '42501' });
    const sampled = `select from pg_stats where tablename = 'customer_identities' and attname = 'value'`;
    expect((await superuser.query(sampled)).rows).toHaveLength(1);
    expect((await pool.query(sampled)).rows).toEqual([]);
  });
});

describe('an empty contact', () => {
  it('is nobody’s even where a customer has an empty name', async () => {
    await superuser.query('alter table loyalty.customer_identities drop constraint customer_identities_value_check');
    for (const kind of ['email', 'mobile']) await customer(third, kind, '', bobAtThird);
    for (const { name } of open) {
      expect(await ask({ email: null, mobile: '' }, `select ${columnsOf(name)} from ${name}`)).toEqual({ rows: [] });
    }
  });
});

describe('with every column granted', () => {
  it.each(tables)('$name shows a consumer no other row', async (table) => {
    await superuser.query(`grant usage on schema inbox, sync, audit to tributary_consumer`);
    await superuser.query(`grant select on ${table.name} to tributary_consumer`);
    const { rows = [] } = await ask(ann, `select * from ${table.name}`);
    await superuser.query(`revoke select on ${table.name} from tributary_consumer`);
    expect(rows).toHaveLength(table.name in openToConsumers ? 2 : 0);
    for (const other of [bobAtFirst, bobAtThird]) expect(JSON.stringify(rows)).not.toContain(other.canary);
  });
});

describe('the contact of a consumer', () => {
  const settings = `select set_config('app.consumer_email', '${ann.email}', true), set_config('app.consumer_mobile', '${ann.mobile}', true)`;

  it.each(open)('opens nothing of $name to an organization that sets it', async ({ name, tenantColumn }) => {
    for (const login of ['api', 'worker'] as const) {
      const rows = await withTenant({ database: database[login], orgId: third }, async (tx) => {
        await tx.query(settings);
        return tx.query<{ org: string }>(`select distinct ${tenantColumn} as org from ${name}`);
      });
      expect(rows).toEqual([{ org: third }]);
    }
  });

  it.each(open)('opens nothing of $name to a login without an organization', async ({ name, tenantColumn }) => {
    for (const login of ['api', 'worker'] as const) {
      const client = await database[login].pool.connect();
      await client.query('begin');
      await client.query(settings);
      expect((await client.query(`select ${tenantColumn} from ${name}`)).rows).toEqual([]);
      await client.query('rollback');
      client.release();
    }
  });
});
