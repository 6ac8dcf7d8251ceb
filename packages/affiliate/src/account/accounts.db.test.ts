import { showId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { type TestDatabase, testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { beforeAll, describe, expect, it } from 'vitest';
import { getAccount } from './get-account.ts';
import { listAccounts } from './list-accounts.ts';
import { openAccount } from './open-account.ts';
import { openProgramme, type Programme } from './programme.fixture.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await testDatabase();
});

const open = (
  { orgId, connectionId }: Programme,
  told: { label?: string | null; timeZone?: string; currency?: string },
) =>
  withTenant({ database: database.api, orgId }, (tx) =>
    openAccount(tx, { connectionId, brand: 'everflow', timeZone: 'UTC', currency: 'EUR', ...told }),
  );
const read = ({ orgId, connectionId }: Programme) =>
  getAccount({ database: database.api, orgId }, { connectionId: showId('connection', connectionId) });

describe('an account at a network', () => {
  it('is opened once; opened again its zone is renewed, and its label where one is given', async () => {
    const programme = await openProgramme(database);
    await open(programme, { label: 'Blog', timeZone: 'America/New_York' });
    await open(programme, { timeZone: 'Europe/Berlin' });
    expect(await read(programme)).toMatchObject({
      brand: 'everflow',
      label: 'Blog',
      timeZone: 'Europe/Berlin',
      currency: 'EUR',
    });
  });

  it('keeps its currency, in which its facts stand', async () => {
    const programme = await openProgramme(database);
    await expect(open(programme, { currency: 'USD' })).rejects.toMatchObject({ code: 'currency_mismatch' });
    expect(await read(programme)).toMatchObject({ currency: 'EUR' });
    const change = `update affiliate.accounts set currency = 'USD' where org_id = $1`;
    const asWorker = { database: database.worker, orgId: programme.orgId };
    await expect(withTenant(asWorker, (tx) => tx.query(change, [tx.orgId]))).rejects.toMatchObject({ code: '42501' });
  });

  it.each([
    ['a zone there is not', { timeZone: 'Mars/Olympus' }, 'validation_failed'],
    ['an offset for a zone', { timeZone: '+02:00' }, 'validation_failed'],
    ['a currency there is not', { currency: 'ABC' }, 'validation_failed'],
    ['an empty label', { label: ' ' }, 'validation_failed'],
  ])('is refused with %s', async (_, told, code) => {
    await expect(open(await openProgramme(database), told)).rejects.toMatchObject({ code });
  });

  it('S0-031, S0-036: is of a connection to that network, of the same organization', async () => {
    const [ours, theirs] = [await openProgramme(database), await openProgramme(database)];
    await expect(open({ ...ours, connectionId: theirs.connectionId }, {})).rejects.toMatchObject({ code: 'not_found' });
    const { orgId, connectionId } = ours;
    const elsewhere = { connectionId, brand: 'awin', timeZone: 'UTC', currency: 'EUR' };
    await expect(
      withTenant({ database: database.api, orgId }, (tx) => openAccount(tx, elsewhere)),
    ).rejects.toMatchObject({ code: 'not_found' });
    await expect(read({ ...ours, connectionId: theirs.connectionId })).rejects.toMatchObject({ code: 'not_found' });
  });

  it('is listed, the newest connection first, page by page', async () => {
    const orgId = await createOrganization(database);
    const ids: string[] = [];
    for (let count = 0; count < 3; count += 1) ids.push((await openProgramme(database, { orgId })).connectionId);
    const context = { database: database.api, orgId };
    const [first, second] = await listAccounts(context, { limit: 2 });
    const rest = await listAccounts(context, { limit: 2, after: second?.position, brand: 'everflow' });
    expect([first?.position, second?.position, ...rest.map(({ position }) => position)]).toEqual(ids.toReversed());
    expect(rest.map(({ item }) => item.connectionId)).toEqual([showId('connection', ids[0] ?? '')]);
    expect(await listAccounts(context, { limit: 2, brand: 'awin' })).toEqual([]);
  });
});
