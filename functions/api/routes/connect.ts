import type { TenantTransaction } from '@tributary/db/transaction';
import { type Context, route } from '@tributary/http/route';
import { beginAuthorization } from '@tributary/sync/connection/begin-authorization';
import { chooseAccounts, chooseInput } from '@tributary/sync/connection/choose-accounts';
import { providerName } from '@tributary/sync/connection/connect';
import { connection } from '@tributary/sync/connection/connection';
import { finishAuthorization, redirectParameters } from '@tributary/sync/connection/finish-authorization';
import { showConnections } from '@tributary/sync/connection/show-connections';
import * as z from 'zod';
import { answerOnce, type ConnectDeps, connectContext } from './connecting.ts';
import { exampleConnection } from './examples.ts';

const connecting = { tags: ['Connections'] } as const;
const params = z.strictObject({ provider: providerName });

const connected = z
  .strictObject({ connections: z.array(connection) })
  .meta({ id: 'Connected', description: 'What was connected. A first run is queued.' });
const choice = z
  .strictObject({
    authorizationId: z.string().describe('What to choose with; yours alone.'),
    choices: z.array(z.strictObject({ accountRef: z.string(), name: z.string().nullable() })),
    expiresAt: z.iso.datetime(),
  })
  .meta({ id: 'Choice', description: 'Several accounts were authorised, and none is connected yet.' });

const exampleRef = '0e4dc2bb-9df8-4d72-a6ac-d0b8ef4dd5a1';
const exampleState = 'xL9wqv0n2JH0f8cVg5mUo1d7yRk3sTzBqEa4iPlXWnM';

const beginConnect = route({
  ...connecting,
  method: 'GET',
  path: '/v1/connect/{provider}',
  operationId: 'beginConnect',
  summary: 'Where to send the browser, so that somebody lets us in at a provider; good for ten minutes',
  params,
  query: z.strictObject({
    region: z.string().max(40).optional().describe('Where the account is, at a provider with regions: us, eu, la.'),
  }),
  response: z.strictObject({ authorizeUrl: z.string(), expiresAt: z.iso.datetime() }),
  example: {
    response: {
      authorizeUrl: `https://connect.squareup.com/oauth2/authorize?client_id=sq0idp-1&scope=PAYMENTS_READ&state=${exampleState}`,
      expiresAt: '2026-11-20T18:14:05.000Z',
    },
  },
  handler: (context: Context<ConnectDeps>, { params, query }) =>
    beginAuthorization(connectContext(context), { ...params, ...query }),
});

const finishConnect = route({
  ...connecting,
  method: 'POST',
  path: '/v1/connect/{provider}/callback',
  operationId: 'finishConnect',
  summary: 'Connects what was authorised, or says what there is to choose from',
  idempotent: true,
  params,
  body: z.strictObject({
    parameters: redirectParameters.describe(
      'Everything the provider added to the address it sent the browser back to.',
    ),
  }),
  response: z.union([connected, choice]),
  example: {
    body: { parameters: { state: exampleState, code: 'sq0cgp-1' } },
    response: { connections: [exampleConnection] },
  },
  handler: (context: Context<ConnectDeps>, { params, body }) => {
    const request = { ...params, ...body };
    return answerOnce(
      context,
      'finishConnect',
      request,
      () => finishAuthorization(connectContext(context), request),
      async (tx, finished) => ('choice' in finished ? finished.choice : showConnected(tx, finished.connectionIds)),
    );
  },
});

const chooseConnect = route({
  ...connecting,
  method: 'POST',
  path: '/v1/connect/xero/choose',
  operationId: 'chooseConnect',
  summary: 'Connects organisations that were authorised together; good for a day',
  idempotent: true,
  body: chooseInput,
  response: connected,
  example: {
    body: { authorizationId: 'q7Yp0r1Z', accountRefs: [exampleRef] },
    response: { connections: [{ ...exampleConnection, provider: 'xero', accountRef: exampleRef }] },
  },
  handler: (context: Context<ConnectDeps>, { body }) =>
    answerOnce(
      context,
      'chooseConnect',
      body,
      () => chooseAccounts(connectContext(context), body),
      (tx, { connectionIds }) => showConnected(tx, connectionIds),
    ),
});

export const connectRoutes = [beginConnect, finishConnect, chooseConnect];

async function showConnected(tx: TenantTransaction, connectionIds: readonly string[]) {
  return { connections: await showConnections(tx, connectionIds, new Date()) };
}
