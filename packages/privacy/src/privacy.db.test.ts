import { randomUUID } from 'node:crypto';
import { type TenantTransaction, withSystem, withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { bury, findErased, known, lift } from './erased.ts';
import { idName, type Name, nameKey } from './names.ts';

const email: Name = ['email', '', 'ann@example.com'];
const refused = { code: '42501' };

describe('an erased name', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });
  const buried = (orgId: string, names: readonly Name[], areReferences = false) =>
    withTenant({ database: database.api, orgId }, (tx) => bury(tx, randomUUID(), names, { areReferences }));
  const found = (orgId: string, names: readonly Name[]) =>
    withTenant({ database: database.worker, orgId }, async (tx) => [...(await findErased(tx, names)).keys()]);

  it('is found again by its organization, and by no other', async () => {
    const [ours, theirs] = [await createOrganization(database), await createOrganization(database)];
    expect(await buried(ours, [email, email, idName('square', 'ANN')])).toBe(2);
    expect(await buried(ours, [email])).toBe(0);
    expect(await found(ours, [idName('square', 'BOB'), email, idName('square', 'ANN')])).toEqual([
      nameKey(email),
      nameKey(idName('square', 'ANN')),
    ]);
    await buried(theirs, [idName('square', 'CID')]);
    expect(await found(theirs, [email])).toEqual([]);
    const { rows } = await database.superuser.query(
      'select count(distinct fingerprint)::int as count from privacy.erased_names',
    );
    expect(rows).toEqual([{ count: 3 }]);
  });

  it('has another hash in each organization', async () => {
    const [ours, theirs] = [await createOrganization(database), await createOrganization(database)];
    await buried(ours, [email]);
    await buried(theirs, [email]);
    const { rows } = await database.superuser.query(
      'select count(distinct fingerprint)::int as count from privacy.erased_names where org_id = any ($1)',
      [[ours, theirs]],
    );
    expect(rows).toEqual([{ count: 2 }]);
  });

  it('is asked for only where somebody was erased', async () => {
    const orgId = await createOrganization(database);
    const ask = () => withTenant({ database: database.worker, orgId }, known);
    expect(await ask()).toEqual({ hasErased: false, country: 'US' });
    await buried(orgId, [email]);
    expect(await ask()).toEqual({ hasErased: true, country: 'US' });
  });

  it('is lifted for who gives an address again; the id of a sale is not', async () => {
    const orgId = await createOrganization(database);
    const sale = idName('square', 'P1');
    await buried(orgId, [email]);
    await buried(orgId, [sale], true);
    await withTenant({ database: database.api, orgId }, (tx) => lift(tx, [email, sale]));
    expect(await found(orgId, [email, sale])).toEqual([nameKey(sale)]);
  });

  it.each(['api', 'worker'] as const)(
    'cannot be guessed by the login of the %s: key, hash and hashing are closed',
    async (login) => {
      const orgId = await createOrganization(database);
      await buried(orgId, [email]);
      const ask = (text: string) => withTenant({ database: database[login], orgId }, (tx) => tx.query(text));
      await expect(ask('select key from privacy.keys')).rejects.toMatchObject(refused);
      await expect(ask('select fingerprint from privacy.erased_names')).rejects.toMatchObject(refused);
      await expect(ask(`select privacy.fingerprint('\\x00', '[]')`)).rejects.toMatchObject(refused);
      await expect(withSystem(database.system, (tx) => tx.query('select from privacy.keys'))).rejects.toMatchObject(
        refused,
      );
    },
  );
});

describe('an erasure that is under way', () => {
  let database: TestDatabase;
  beforeAll(async () => {
    database = await testDatabase();
  });

  it.each(['requested_at', 'position', 'found', 'swept_at', 'tried_at'])(
    'is not moved by the API, nor said to have ended: %s',
    async (column) => {
      const orgId = await createOrganization(database);
      const change = (tx: TenantTransaction) => tx.query(`update privacy.erasures set ${column} = default`);
      await expect(withTenant({ database: database.api, orgId }, change)).rejects.toMatchObject(refused);
    },
  );
});

describe('the bytes of a pull', () => {
  let database: TestDatabase;
  let orgId: string;
  beforeAll(async () => {
    database = await testDatabase();
    orgId = await createOrganization(database);
    await database.superuser.query(
      `with c as (
         insert into sync.connections (org_id, provider, account_ref) values ($1, 'square', 'M') returning org_id, id
       ), s as (
         insert into sync.streams (org_id, connection_id, resource) select org_id, id, 'payments' from c returning *
       )
       insert into sync.pulls (org_id, connection_id, stream_id, resource, request, fetched_at, body)
       select org_id, connection_id, id, 'payments', 'GET v2/payments', now(), 'ann' from s`,
      [orgId],
    );
  });

  it.each([
    ['changed without saying so', `update sync.pulls set body = 'bob'`],
    ['said to be of another page', `update sync.pulls set position = '{}', redacted_at = now()`],
    ['moved in time', 'update sync.pulls set fetched_at = now(), redacted_at = now()'],
    ['given to another organization', 'update sync.pulls set org_id = uuidv7(), redacted_at = now()'],
    ['deleted', 'delete from sync.pulls'],
    ['truncated', 'truncate sync.pulls cascade'],
  ])('are not %s, by the superuser either', async (_how, statement) => {
    await expect(database.superuser.query(statement)).rejects.toMatchObject(refused);
  });

  it('are redacted by the worker, and by the API not', async () => {
    const redact = `update sync.pulls set body = '', redacted_at = now() where org_id = '${orgId}' returning id`;
    const as = (login: 'api' | 'worker') => withTenant({ database: database[login], orgId }, (tx) => tx.query(redact));
    await expect(as('api')).rejects.toMatchObject(refused);
    expect(await as('worker')).toHaveLength(1);
  });
});
