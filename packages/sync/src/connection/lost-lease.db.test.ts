import { randomUUID } from 'node:crypto';
import { withSystem, withTenant } from '@tributary/db/transaction';
import { testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { expect, it } from 'vitest';
import { holdLease, LeaseLost, type OpenRun, openRun } from '../run/open-run.ts';
import { connect, disconnect } from './connect.ts';

it('a run writes until its connection is ended, and nothing after that, also when the account is connected again', async () => {
  const database = await testDatabase();
  const orgId = await createOrganization(database);
  const account = { orgId, provider: 'square' as const, accountRef: randomUUID() };
  const inTenant = <Result>(work: Parameters<typeof withTenant<Result>>[1]) =>
    withTenant({ database: database.worker, orgId }, work);
  const { connectionId } = await withSystem(database.system, (tx) => connect(tx, account));
  const open = () => inTenant((tx) => openRun(tx, { connectionId, trigger: 'schedule', now: new Date() }));
  const run = (await open()) as OpenRun;
  const write = () => inTenant((tx) => holdLease(tx, run));
  await write();
  await inTenant((tx) => disconnect(tx, { orgId, connectionId, at: new Date() }));
  await expect(write()).rejects.toBeInstanceOf(LeaseLost);
  await withSystem(database.system, (tx) => connect(tx, account));
  await expect(write()).rejects.toBeInstanceOf(LeaseLost);
  expect(await open()).toMatchObject({ connectionId });
});
