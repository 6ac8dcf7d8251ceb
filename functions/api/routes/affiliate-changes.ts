import { changeFilters, changePosition, listChanges } from '@tributary/affiliate/fact/list-changes';
import { statChange } from '@tributary/affiliate/fact/stat-change';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { type ApiDeps, tenantOf } from '../../runtime/api.ts';
import { exampleConnection } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

const example = {
  id: 'chg_01kb7m0d2xf4t9w1y3z5a7b9ce',
  connectionId: exampleConnection.id,
  day: '2026-11-03',
  campaign: 'autumn',
  source: '',
  subId: 'ann-1',
  metric: 'ftdCount' as const,
  oldValue: 5,
  newValue: 4,
  runId: null,
  changedAt: '2026-11-10T09:00:00.000Z',
};

const listStatChanges = route({
  method: 'GET',
  tags: ['Affiliate statistics'],
  path: '/v1/affiliate/changes',
  operationId: 'listStatChanges',
  summary: 'What networks changed of past days afterwards, the latest first',
  query: pageQuery.extend(changeFilters.shape),
  response: pageOf(statChange),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listStatChanges',
      position: changePosition,
      read: (page) => listChanges(tenantOf(context), page),
    }),
});

export const affiliateChangeRoutes = [listStatChanges];
