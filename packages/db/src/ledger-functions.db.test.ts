import { randomUUID } from 'node:crypto';
import { testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { insertion, newRow, type Organization, readTables } from './catalogue/canaries.ts';
import { ledgerVerbs } from './catalogue/relations.ts';
import {
  asksToFold,
  asksToHold,
  asksToPost,
  asksToReverse,
  type Books,
  type Question,
  trespasses,
} from './catalogue/trespasses.ts';
import { sqlState } from './sqlstate.ts';
import { type TenantTransaction, withTenant } from './transaction.ts';

const database = await testDatabase();
const { superuser } = database;
const logins = ['api', 'worker'] as const;
const tables = (await readTables(superuser)).filter(({ name }) => name.startsWith('ledger.'));

/** Books as the application would make them, with a row in every table of the ledger. */
async function openBooks(): Promise<Books> {
  const orgId = await createOrganization(database);
  const ask = ([text, values]: Question) =>
    withTenant({ database: database.worker, orgId }, (tx) => tx.query<Record<'id', string>>(text, values));
  const opened = await ask([
    `insert into ledger.accounts (org_id, code, unit, kind, mode, keeps_lots)
     values ($1, 'wallet', 'points', 'wallet', 'authorizing', true), ($1, 'owed', 'points', 'liability', 'recording', false),
       ($1, 'till', 'USD', 'asset', 'authorizing', false), ($1, 'safe', 'USD', 'asset', 'authorizing', false) returning id`,
    [orgId],
  ]);
  const [wallet, owed, till, safe] = opened.map(({ id }) => id) as [string, string, string, string];
  const only = async (question: Question) => (await ask(question))[0]?.id as string;
  const earn = async (key: string) => {
    await ask(asksToPost(orgId, key, { from: owed, to: wallet, amount: 10 }));
    return only(['select id from ledger.postings where org_id = $1 and key = $2', [orgId, key]]);
  };
  await ask(asksToReverse(orgId, 'taking back', await earn('taken back')));
  await ask(asksToFold(orgId, owed));
  const key = 'earned';
  const posting = await earn(key);
  await ask(asksToHold(orgId, key, wallet, owed));
  const lot = await only(['select id from ledger.lots where org_id = $1 and ref = $2', [orgId, posting]]);
  const hold = await only(['select id from ledger.holds where org_id = $1', [orgId]]);
  return { orgId, wallet, owed, till, safe, key, posting, lot, hold };
}

let a: Books;
let b: Books;
/** Nobody's: what is answered about B must be what is answered about this. */
const ghost: Books = {
  orgId: randomUUID(),
  wallet: randomUUID(),
  owed: randomUUID(),
  till: randomUUID(),
  safe: randomUUID(),
  posting: randomUUID(),
  lot: randomUUID(),
  hold: randomUUID(),
  key: 'never used',
};

beforeAll(async () => {
  a = await openBooks();
  b = await openBooks();
});

async function ledgerOf({ orgId }: Books): Promise<Record<string, unknown[]>> {
  const kept: Record<string, unknown[]> = {};
  for (const { name } of tables) {
    const { rows } = await superuser.query(
      `select to_jsonb(t) as row from ${name} t where org_id = $1 order by to_jsonb(t)::text`,
      [orgId],
    );
    kept[name] = rows;
  }
  return kept;
}

/** Fails with 55P03 while somebody else holds a lock on a row of the organization. */
async function lockEveryRow({ orgId }: Books): Promise<void> {
  await superuser.query('begin');
  try {
    for (const table of ['accounts', 'holds', 'lots', 'reversals']) {
      await superuser.query(`select 1 from ledger.${table} where org_id = $1 for update nowait`, [orgId]);
    }
  } finally {
    await superuser.query('rollback');
  }
}

const answered = (asking: Promise<object[]>) =>
  asking.catch((error: unknown) => {
    const refused = sqlState(error);
    if (refused === undefined) throw error;
    return { refused };
  });

describe('only the functions write the ledger', () => {
  const own = (): Organization => ({ id: a.orgId, canary: 'canary', rows: new Map() });
  const refused = { code: '42501', message: expect.stringMatching(/^permission denied for table/) };

  describe.each(logins)('login %s', (login) => {
    const asA = (statement: string) =>
      withTenant({ database: database[login], orgId: a.orgId }, (tx) => tx.query(statement));

    it.each(tables)(
      '$name takes no row of its own organization from it, changes none and loses none',
      async (table) => {
        await expect(asA(insertion(table, newRow(table, own())))).rejects.toMatchObject(refused);
        for (const { name } of table.columns) {
          await expect(asA(`update ${table.name} set ${name} = ${name}`), name).rejects.toMatchObject(refused);
        }
        await expect(asA(`delete from ${table.name}`)).rejects.toMatchObject(refused);
        await expect(asA(`truncate ${table.name}`)).rejects.toMatchObject(refused);
      },
    );

    it.each(['id', 'balance', 'version', 'pending_debits', 'pending_credits', 'overdrawn', 'moved_at', 'created_at'])(
      'an account is opened by it without saying its %s',
      async (column) => {
        const terms = `org_id, code, unit, kind`;
        const open = (columns: string, values: string) =>
          asA(
            `insert into ledger.accounts (${columns}) values ('${a.orgId}', '${randomUUID()}', 'points', 'asset'${values}) returning balance`,
          );
        expect(await open(terms, '')).toEqual([{ balance: 0 }]);
        await expect(open(`${terms}, ${column}`, ', default')).rejects.toMatchObject(refused);
      },
    );
  });
});

describe('functions of the ledger', () => {
  it('have filled every table of it for A and B', async () => {
    for (const books of [a, b]) {
      const empty = Object.entries(await ledgerOf(books)).filter(([, rows]) => rows.length === 0);
      expect(empty).toEqual([]);
    }
  });

  it('are all tried below, and tenants may call no other', async () => {
    for (const login of logins) {
      const { rows } = await superuser.query(
        `select proname as name from pg_proc where pronamespace = 'ledger'::regnamespace and has_function_privilege($1, oid, 'execute') order by 1`,
        [`tributary_${login}`],
      );
      const callable = rows.map(({ name }) => name);
      expect(callable).toEqual([...new Set(trespasses.map(({ verb }) => verb))].sort());
      expect(callable).toEqual(expect.arrayContaining(ledgerVerbs));
    }
  });

  describe.each(logins)('asked by login %s of A', (login) => {
    const asA = <Result>(work: (tx: TenantTransaction) => Promise<Result>) =>
      withTenant({ database: database[login], orgId: a.orgId }, work);

    it.each(trespasses)('who $what: nothing of B changes, nothing of B is told', async ({ ask, answer }) => {
      const before = await ledgerOf(b);
      const ofGhost = await answered(asA((tx) => tx.query(...ask(ghost, a))));
      const ofB = await answered(
        asA(async (tx) => {
          const rows = await tx.query(...ask(b, a));
          await lockEveryRow(b);
          return rows;
        }),
      );
      expect(ofB).toEqual(answer);
      expect(ofB).toEqual(ofGhost);
      expect(await ledgerOf(b)).toEqual(before);
    });
  });

  it.each(trespasses)(
    'without an organization, who $what is told nothing and changes nothing',
    async ({ ask, answer, unbound }) => {
      const before = await ledgerOf(b);
      for (const login of logins) {
        const [text, values] = ask(b, b);
        const told = await answered(database[login].pool.query(text, values as unknown[]).then(({ rows }) => rows));
        expect(told).toEqual(unbound ?? answer);
      }
      expect(await ledgerOf(b)).toEqual(before);
    },
  );
});
