import { randomUUID } from 'node:crypto';
import { testDatabase } from '@tributary/testing/database';
import { sql } from 'drizzle-orm';
import { beforeAll, describe, expect, it } from 'vitest';
import { type Answer, attemptsOn, forbidden, nothing } from './catalogue/attempts.ts';
import {
  admitCanaries,
  ancestorsOf,
  insertion,
  keyOf,
  newRow,
  type Organization,
  plantCanaries,
  type Row,
  readTables,
  referencesTo,
  type Table,
} from './catalogue/canaries.ts';
import { globalKeys } from './catalogue/relations.ts';
import { openDatabase } from './connection.ts';
import { sqlState } from './sqlstate.ts';
import { withSystem, withTenant } from './transaction.ts';

const database = await testDatabase();
const { superuser } = database;
const tables = await readTables(superuser);
const tenantTables = tables.filter(({ reachable }) => reachable);
/** What is the same for all, read by all and written by none of them. */
const referenceTables = tables.filter(({ name }) => name.startsWith('ref.'));
const systemTables = tables.filter((table) => !table.reachable && !referenceTables.includes(table));
const organization = (canary: string): Organization => ({ id: randomUUID(), canary, rows: new Map() });
const a = organization('canary-of-a');
const b = organization('canary-of-b');
const logins = ['api', 'worker'] as const;

/** Columns of the domains that schedules read across organizations, to know whose work is due. */
const seenBySystem: Readonly<Record<string, string[]>> = {
  'ledger.holds': ['org_id', 'status', 'expires_at'],
  'loyalty.daily_runs': ['org_id', 'day', 'started_at', 'finished_at', 'counts'],
};

/** Tables whose trigger looks at what a row refers to before a foreign key does, and sees no more than whoever asks. */
const guarded = ['affiliate.invoice_lines'];

const undone = new Error('undone');

async function answerAs(
  { id }: Organization,
  login: (typeof logins)[number],
  statement: string,
  undo = false,
): Promise<Answer> {
  let answer: Answer | undefined;
  try {
    await withTenant({ database: database[login], orgId: id }, async (tx) => {
      const { rowCount, rows } = await tx.drizzle.execute(sql.raw(statement));
      answer = { count: rowCount ?? 0, shown: JSON.stringify(rows) };
      if (undo) throw undone;
    });
  } catch (error) {
    const refused = sqlState(error);
    if (refused !== undefined) return { refused };
    if (error !== undone) throw error;
  }
  return answer as Answer;
}

const showsB = (answer: unknown) => [b.canary, b.id].some((mark) => JSON.stringify(answer).includes(mark));

async function rowsOf({ id, canary }: Organization, { name }: Table): Promise<unknown[]> {
  const { rows } = await superuser.query(
    `select to_jsonb(t) as row from ${name} t where to_jsonb(t)::text like any ($1) order by 1`,
    [[`%${id}%`, `%${canary}%`]],
  );
  return rows;
}

beforeAll(async () => {
  await admitCanaries(superuser);
  await plantCanaries(superuser, tables, a);
  await plantCanaries(superuser, tables, b);
});

it.each(tables)('$name holds a row of A and one of B', async (table) => {
  expect(await rowsOf(a, table)).toHaveLength(1);
  expect(await rowsOf(b, table)).toHaveLength(1);
});

async function readableColumns(login: (typeof logins)[number] | 'system', { name, columns }: Table): Promise<string[]> {
  const { rows } = await superuser.query(
    `select c as name from unnest($1::text[]) with ordinality u (c, ord) where has_column_privilege($2, $3, c, 'select') order by ord`,
    [columns.map((column) => column.name), `tributary_${login}`, name],
  );
  return rows.map((row) => row.name);
}

/** A once more, with rows for a new row of the table to refer to that no row refers to yet. */
async function withNewParents(table: Table): Promise<Organization> {
  const parents = ancestorsOf(table, tables).filter(({ name }) => name !== 'identity.organizations');
  const organization = { ...a, rows: new Map(a.rows) };
  await plantCanaries(superuser, parents, organization);
  return organization;
}

describe.each(['as granted', 'with every privilege granted'])('A against B, %s', (grants) => {
  const policyAlone = grants !== 'as granted';
  beforeAll(async () => {
    if (!policyAlone) return;
    for (const { name } of tenantTables) {
      await superuser.query(`grant select, insert, update, delete on ${name} to app_read, app_write`);
    }
  });

  describe.each(logins)('login %s', (login) => {
    it.each(tenantTables)('$name shows A its own rows and none of B', async (table) => {
      const columns = await readableColumns(login, table);
      if (policyAlone) expect(columns).toHaveLength(table.columns.length);
      const { length: count } = await rowsOf(a, table);
      const answer = await answerAs(a, login, `select ${columns.length > 0 ? columns : '*'} from ${table.name}`);
      expect(answer).toEqual(columns.length > 0 ? { count, shown: expect.stringContaining(a.id) } : forbidden);
      expect(showsB(answer)).toBe(false);
    });

    it.each(tenantTables)('$name copies out what A may select', async (table) => {
      const columns = await readableColumns(login, table);
      const { length: count } = await rowsOf(a, table);
      const answer = await answerAs(
        a,
        login,
        `copy ${table.name} ${columns.length > 0 ? `(${columns})` : ''} to stdout`,
      );
      expect(answer).toEqual(columns.length > 0 ? { count, shown: '[]' } : forbidden);
    });

    it.each(tenantTables)('$name gives A nothing of B, whatever A tries', async (table) => {
      const before = await rowsOf(b, table);
      for (const { attempt, statement, answer } of attemptsOn(table, a, b)) {
        const given = await answerAs(a, login, statement);
        // Without the privilege the policy is not even asked.
        expect(policyAlone ? [answer] : [answer, forbidden], attempt).toContainEqual(given);
      }
      expect(await rowsOf(b, table)).toEqual(before);
    });

    it.each(tenantTables)('$name lets A refer to no row of B, and tells it from none', async (table) => {
      const own = await withNewParents(table);
      const insert = (values: Row) => answerAs(a, login, insertion(table, { ...newRow(table, own), ...values }), true);
      for (const [column, value] of referencesTo(b, table, tenantTables)) {
        const answer = await insert({ [column]: value });
        const isForbidden = !policyAlone || guarded.includes(table.name);
        expect(isForbidden ? [{ refused: '23503' }, forbidden] : [{ refused: '23503' }], column).toContainEqual(answer);
        expect(await insert({ [column]: randomUUID() }), column).toEqual(answer);
      }
    });

    it.each(tenantTables)('$name takes a key of B from A as it takes any other', async (table) => {
      const own = await withNewParents(table);
      const insert = (values: Row) => answerAs(a, login, insertion(table, { ...newRow(table, own), ...values }), true);
      const accepted = { count: 1, shown: '[]' };
      for (const { index, columns } of table.uniqueKeys) {
        const key = keyOf(b, table, columns);
        // With every privilege granted, what is excused because no tenant can write it would tell.
        if (Object.keys(key).length === 0 || (policyAlone && index in globalKeys)) continue;
        const answer = await insert({});
        expect(policyAlone ? [accepted] : [accepted, forbidden], index).toContainEqual(answer);
        expect(await insert(key), index).toEqual(answer);
      }
    });
  });
});

describe('without an organization', () => {
  it.each(tenantTables)('$name is empty and takes nothing', async (table) => {
    for (const login of logins) {
      const { pool } = database[login];
      expect(await pool.query(`select * from ${table.name}`)).toMatchObject({ rows: [] });
      expect(await pool.query(`delete from ${table.name}`)).toMatchObject({ rowCount: 0 });
      await expect(pool.query(insertion(table, newRow(table, a)))).rejects.toMatchObject({ code: '42501' });
    }
  });

  it('finds nothing on a connection an organization has just used', async () => {
    const single = openDatabase({ url: database.url('api'), proxy: database.proxy, maxConnections: 1 });
    const left = async () => {
      const { rows } = await single.pool.query(
        `select pg_backend_pid() as pid, current_setting('app.org_id', true) as setting, count(*)::int from identity.organizations`,
      );
      return rows[0];
    };
    const seen = (orgId: string) =>
      withTenant({ database: single, orgId }, (tx) =>
        tx.query('select id, pg_backend_pid() as pid from identity.organizations'),
      );
    const [own] = await seen(a.id);
    expect(own).toMatchObject({ id: a.id });
    expect(await left()).toEqual({ ...own, id: undefined, setting: '', count: 0 });
    await withTenant({ database: single, orgId: a.id }, (tx) => tx.query('select 1 / 0')).catch(() => undefined);
    expect(await left()).toMatchObject({ setting: '', count: 0 });
    expect(await seen(b.id)).toMatchObject([{ id: b.id }]);
    await single.close();
  });
});

describe('views and statistics', () => {
  it('show A its own wallet ledger', async () => {
    const { rows } = await superuser.query('select org_id from loyalty.wallet_ledger where org_id in ($1, $2)', [
      a.id,
      b.id,
    ]);
    expect(new Set(rows.map((row) => row.org_id))).toEqual(new Set([a.id, b.id]));
    for (const login of logins) {
      const answer = await answerAs(a, login, 'select distinct org_id from loyalty.wallet_ledger');
      expect(answer).toEqual({ count: 1, shown: JSON.stringify([{ org_id: a.id }]) });
    }
  });

  it('keep what ANALYZE sampled from tenants', async () => {
    await superuser.query('analyze');
    const sampled = `select 1 from pg_stats where schemaname = any (array['identity', 'sync', 'inbox', 'audit', 'ledger', 'loyalty'])`;
    expect((await superuser.query(sampled)).rows.length).toBeGreaterThan(0);
    for (const login of logins) expect(await answerAs(a, login, sampled)).toEqual(nothing);
  });
});

describe('across organizations', () => {
  it.each(systemTables)('$name is closed to tenants', async (table) => {
    for (const login of logins) {
      const changes = [
        `update ${table.name} set ${table.primaryKey[0]} = ${table.primaryKey[0]}`,
        `delete from ${table.name}`,
        `truncate ${table.name}`,
      ];
      for (const statement of [`select 1 from ${table.name}`, insertion(table, newRow(table, a)), ...changes]) {
        expect(await answerAs(a, login, statement)).toEqual(forbidden);
      }
    }
  });

  it.each(referenceTables)('$name is read by tenants, and written by none', async (table) => {
    for (const login of logins) {
      expect(await answerAs(a, login, `select 1 from ${table.name} limit 1`)).toMatchObject({ count: 1 });
      const [key] = table.primaryKey;
      const changes = [
        `update ${table.name} set ${key} = ${key}`,
        `delete from ${table.name}`,
        `truncate ${table.name}`,
      ];
      for (const statement of [insertion(table, newRow(table, a)), ...changes])
        expect(await answerAs(a, login, statement)).toEqual(forbidden);
    }
  });

  it.each(tables.filter(({ name }) => /^(ledger|loyalty)\./.test(name)))(
    '$name shows the system what its schedules ask for, and takes nothing from it',
    async (table) => {
      const columns = await readableColumns('system', table);
      expect(columns).toEqual(seenBySystem[table.name] ?? []);
      const asSystem = (statement: string) =>
        withSystem(database.system, (tx) => tx.query(statement)).catch((error) => ({ refused: sqlState(error) }));
      const read = await asSystem(`select ${columns.length > 0 ? columns : 1} from ${table.name}`);
      expect(read).toEqual(columns.length > 0 ? expect.any(Array) : forbidden);
      for (const statement of [insertion(table, newRow(table, a)), `delete from ${table.name}`]) {
        expect(await asSystem(statement)).toEqual(forbidden);
      }
    },
  );
});
