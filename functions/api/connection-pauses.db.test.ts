import { openWatch } from '@tributary/affiliate/rule/watch.fixture';
import { showId } from '@tributary/core/ids';
import { testDatabase } from '@tributary/testing/database';
import { createOrganization } from '@tributary/testing/organization';
import { expect, it } from 'vitest';
import { startAffiliateApp } from './test/affiliate-app.ts';

it('a connection is paused and resumed, by its own organization', async () => {
  const database = await testDatabase();
  const app = await startAffiliateApp(database);
  const watch = await openWatch(database);
  const path = `/v1/connections/${showId('connection', watch.connectionId)}`;
  const turn = async (verb: string, orgId = watch.orgId) => {
    const { json } = await app.post(orgId, `${path}/${verb}`);
    return json.code ?? [json.status, json.nextRunAt !== null];
  };
  expect(await turn('pause', await createOrganization(database))).toBe('not_found');
  expect(await turn('pause')).toEqual(['paused', false]);
  expect(await turn('resume')).toEqual(['active', true]);
});
