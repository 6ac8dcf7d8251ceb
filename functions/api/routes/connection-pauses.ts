import { type Context, route } from '@tributary/http/route';
import { connection } from '@tributary/sync/connection/connection';
import { pauseConnection } from '@tributary/sync/connection/pause-connection';
import { resumeConnection } from '@tributary/sync/connection/resume-connection';
import * as z from 'zod';
import { type ApiDeps, actingIn } from '../../runtime/api.ts';
import { once } from '../../runtime/once.ts';
import { exampleConnection } from './examples.ts';

const writing = { method: 'POST', tags: ['Connections'], idempotent: true, response: connection } as const;
const params = z.strictObject({ connectionId: z.string().max(64) });
const body = z.strictObject({});

const pauseConnectionRoute = route({
  ...writing,
  path: '/v1/connections/{connectionId}/pause',
  operationId: 'pauseConnection',
  summary: 'Pulls nothing more from an account until it is resumed; webhooks are taken as ever',
  params,
  body,
  example: { body: {}, response: { ...exampleConnection, status: 'paused', nextRunAt: null } },
  handler: (context: Context<ApiDeps>, { params }) =>
    once(context, 'pauseConnection', params, (tx) => pauseConnection(actingIn(context, tx), params)),
});

const resumeConnectionRoute = route({
  ...writing,
  path: '/v1/connections/{connectionId}/resume',
  operationId: 'resumeConnection',
  summary: 'Pulls again from an account that was paused, at once',
  params,
  body,
  example: { body: {}, response: exampleConnection },
  handler: (context: Context<ApiDeps>, { params }) =>
    once(context, 'resumeConnection', params, (tx) => resumeConnection(actingIn(context, tx), params)),
});

export const connectionPauseRoutes = [pauseConnectionRoute, resumeConnectionRoute];
