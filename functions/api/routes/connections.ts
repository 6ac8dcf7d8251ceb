import { readId } from '@tributary/core/ids';
import { withTenant } from '@tributary/db/transaction';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import type { SyncMessage } from '@tributary/queue/message';
import { connection } from '@tributary/sync/connection/connection';
import { endConnection } from '@tributary/sync/connection/end-connection';
import { connectionDetail, getConnection } from '@tributary/sync/connection/get-connection';
import { connectionPosition, listConnections } from '@tributary/sync/connection/list-connections';
import { listRuns, run, runPosition } from '@tributary/sync/connection/list-runs';
import { requestRun } from '@tributary/sync/connection/request-run';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleConnection } from './examples.ts';
import { keysetPage } from './keyset-page.ts';

/** What these routes need beside what every API has. */
interface ConnectionDeps extends ApiDeps {
  sendToSync(messages: readonly SyncMessage[]): Promise<void>;
}

const reading = { method: 'GET', tags: ['Connections'] } as const;
const writing = { tags: ['Connections'] } as const;
const params = z.strictObject({ connectionId: z.string().max(64) });

const exampleRun = {
  id: 'run_01kb7kz3tnfwbs7c9d1e3f5g7h',
  connectionId: exampleConnection.id,
  trigger: 'schedule' as const,
  status: 'success' as const,
  reason: null,
  pages: 3,
  objects: 214,
  changed: 12,
  bytes: 481_204,
  startedAt: '2026-11-20T18:04:12.000Z',
  finishedAt: exampleConnection.lastSuccessAt,
  durationMs: 4_200,
  failedWindows: [],
  requestId: 'c80e8021-a70a-42c7-a470-796e1186f753',
};
const exampleStream = {
  resource: 'payments',
  location: 'L88917AVBK2S5',
  status: 'active' as const,
  watermark: '2026-11-20T18:04:00.000Z',
  walkedAt: '2026-11-20T18:04:20.000Z',
};
const exampleCheck = {
  day: '2026-11-19',
  status: 'agrees' as const,
  drifts: 0,
  checkedAt: '2026-11-20T03:04:12.000Z',
};
const { connectedAt: disconnectedAt } = exampleConnection;

const listConnectionsRoute = route({
  ...reading,
  path: '/v1/connections',
  operationId: 'listConnections',
  summary: 'Accounts at providers, ended ones too, the newest first',
  query: pageQuery,
  response: pageOf(connection),
  example: { response: { data: [exampleConnection], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listConnections',
      position: connectionPosition,
      read: (page) => listConnections({ ...tenantOf(context), now: new Date() }, page),
    }),
});

const getConnectionRoute = route({
  ...reading,
  path: '/v1/connections/{connectionId}',
  operationId: 'getConnection',
  summary: 'One account at a provider, with the lists that are pulled from it and the last day that was compared',
  params,
  response: connectionDetail,
  example: { response: { ...exampleConnection, streams: [exampleStream], lastCheck: exampleCheck } },
  handler: (context: Context<ApiDeps>, { params }) => getConnection({ ...tenantOf(context), now: new Date() }, params),
});

const endConnectionRoute = route({
  ...writing,
  method: 'DELETE',
  path: '/v1/connections/{connectionId}',
  operationId: 'endConnection',
  summary: 'Ends a connection and our access at the provider; what came from it stays',
  params,
  response: connection,
  example: {
    response: { ...exampleConnection, status: 'disconnected', disconnectedAt, lagSeconds: null, nextRunAt: null },
  },
  handler: async (context: Context<ConnectionDeps>, { params }) => {
    const { auth, sendToSync } = context;
    const { connection, credentialId } = await withTenant(tenantOf(context), (tx) =>
      endConnection(actingIn(context, tx), params),
    );
    // Behind the commit. Lost, it is found by the schedule.
    if (credentialId !== null) await sendToSync([{ kind: 'revoke', v: 1, orgId: auth.orgId, credentialId }]);
    return connection;
  },
});

const listRunsRoute = route({
  ...reading,
  path: '/v1/connections/{connectionId}/runs',
  operationId: 'listRuns',
  summary: 'Pulls from an account, the newest first',
  params,
  query: pageQuery,
  response: pageOf(run),
  example: { response: { data: [exampleRun], nextCursor: null } },
  handler: (context: Context<ApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listRuns',
      position: runPosition,
      read: (page) => listRuns(tenantOf(context), page),
    }),
});

const requestRunRoute = route({
  ...writing,
  method: 'POST',
  path: '/v1/connections/{connectionId}/runs',
  operationId: 'requestRun',
  summary: 'Queues a pull from an account now',
  idempotent: true,
  params,
  body: z.strictObject({}),
  response: z.strictObject({ connectionId: z.string(), trigger: z.literal('operator') }),
  responseStatus: 202,
  example: { body: {}, response: { connectionId: exampleConnection.id, trigger: 'operator' } },
  handler: async (context: Context<ConnectionDeps>, { params }) => {
    const { auth, sendToSync } = context;
    const trigger = 'operator' as const;
    const answered = await once(context, 'requestRun', params, async (tx) => {
      await requestRun(actingIn(context, tx), params);
      return { ...params, trigger };
    });
    // Behind the commit, and for an answer that is given again too: the word may have been lost, and one run more does no harm.
    const connectionId = readId('connection', params.connectionId);
    await sendToSync([{ kind: 'sync', v: 1, orgId: auth.orgId, connectionId, trigger }]);
    return answered;
  },
});

export const connectionRoutes = [
  listConnectionsRoute,
  getConnectionRoute,
  endConnectionRoute,
  listRunsRoute,
  requestRunRoute,
];
