import { alert } from '@tributary/affiliate/alert/alert';
import { getAlert } from '@tributary/affiliate/alert/get-alert';
import { alertFilters, alertPosition, listAlerts } from '@tributary/affiliate/alert/list-alerts';
import { acknowledgeAlert, resolveAlert } from '@tributary/affiliate/alert/move-alert';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { keysetPage } from './keyset-page.ts';

const tags = ['Alerts'];
const reading = { method: 'GET', tags } as const;
const writing = { method: 'POST', tags, idempotent: true, response: alert } as const;
const params = z.strictObject({ alertId: z.string().max(64) });
const body = z.strictObject({});

const open = {
  id: 'alr_01kb7m0d2xf4t9w1y3z5a7b9ce',
  ruleId: 'aru_01kb7kz3v9fq4r8s2t6v0w1x2y',
  scope: { kind: 'organization' as const },
  window: { from: '2026-11-03', to: '2026-11-03' },
  finding: { kind: 'restated' as const, metric: 'ftdCount' as const, change: -1, changes: 1 },
  status: 'open' as const,
  raisedAt: '2026-11-10T09:00:00.000Z',
  acknowledgedAt: null,
  resolvedAt: null,
};
const acknowledged = { ...open, status: 'acknowledged' as const, acknowledgedAt: '2026-11-10T09:12:00.000Z' };
const resolved = { ...acknowledged, status: 'resolved' as const, resolvedAt: '2026-11-11T10:00:00.000Z' };

const listAlertsRoute = route({
  ...reading,
  path: '/v1/affiliate/alerts',
  operationId: 'listAlerts',
  summary: 'What rules saw, the newest first',
  query: pageQuery.extend(alertFilters.shape),
  response: pageOf(alert),
  example: { response: { data: [open], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listAlerts',
      position: alertPosition,
      read: (page) => listAlerts(tenantOf(context), page),
    }),
});

const getAlertRoute = route({
  ...reading,
  path: '/v1/affiliate/alerts/{alertId}',
  operationId: 'getAlert',
  summary: 'One alert',
  params,
  response: alert,
  example: { response: open },
  handler: (context: Context<ApiDeps>, { params }) => getAlert(tenantOf(context), params),
});

const acknowledgeAlertRoute = route({
  ...writing,
  path: '/v1/affiliate/alerts/{alertId}/acknowledge',
  operationId: 'acknowledgeAlert',
  summary: 'Says that somebody has seen it',
  params,
  body,
  example: { body: {}, response: acknowledged },
  handler: (context: Context<ApiDeps>, { params }) =>
    once(context, 'acknowledgeAlert', params, (tx) => acknowledgeAlert(actingIn(context, tx), params)),
});

const resolveAlertRoute = route({
  ...writing,
  path: '/v1/affiliate/alerts/{alertId}/resolve',
  operationId: 'resolveAlert',
  summary: 'Says that nothing more is to be done about it, for good',
  params,
  body,
  example: { body: {}, response: resolved },
  handler: (context: Context<ApiDeps>, { params }) =>
    once(context, 'resolveAlert', params, (tx) => resolveAlert(actingIn(context, tx), params)),
});

export const affiliateAlertRoutes = [listAlertsRoute, getAlertRoute, acknowledgeAlertRoute, resolveAlertRoute];
