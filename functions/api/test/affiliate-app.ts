import { randomUUID } from 'node:crypto';
import { createApp } from '@tributary/http/app';
import { brands } from '@tributary/providers/affiliate/networks';
import type { TestDatabase } from '@tributary/testing/database';
import { affiliateAccountRoutes } from '../routes/affiliate-accounts.ts';
import { affiliateAlertRoutes } from '../routes/affiliate-alerts.ts';
import { affiliateChangeRoutes } from '../routes/affiliate-changes.ts';
import { affiliateRuleRoutes } from '../routes/affiliate-rules.ts';
import { affiliateUploadRoutes, csvAccountRoutes } from '../routes/affiliate-uploads.ts';
import { connectionPauseRoutes } from '../routes/connection-pauses.ts';
import { type Answer, answerOf, cursorKey } from './api.ts';
import { startConnecting } from './connecting.ts';

const routes = [
  ...affiliateAccountRoutes,
  ...affiliateAlertRoutes,
  ...affiliateChangeRoutes,
  ...affiliateRuleRoutes,
  ...affiliateUploadRoutes,
  ...csvAccountRoutes,
  ...connectionPauseRoutes,
];
const anyMember = { roles: ['owner'], scope: 'affiliate:write', cost: 'write' } as const;

/** Accounts, their pauses, uploads, rules and alerts behind a door that lets an owner of any organization in: who may do what is tested with all routes. */
export async function startAffiliateApp(database: TestDatabase) {
  const connecting = await startConnecting(database);
  const app = createApp({
    title: 'affiliate',
    routes,
    access: Object.fromEntries(routes.map(({ operationId }) => [operationId, anyMember])),
    authenticate: async (headers) => ({ orgId: headers.get('x-org') ?? '', subject: 'usr_1', role: 'owner' as const }),
    deps: { database: database.api, cursorKey, brands, connecting: () => connecting.dependencies },
    log: () => undefined,
  });
  const ask = async (method: string, orgId: string, path: string, body?: string, headers?: Record<string, string>) =>
    answerOf(
      await app.request(path, {
        method,
        ...(body !== undefined && { body }),
        headers: { 'x-org': orgId, 'idempotency-key': randomUUID(), 'content-type': 'application/json', ...headers },
      }),
    );
  return {
    get: (orgId: string, path: string) => ask('GET', orgId, path),
    post: (orgId: string, path: string, body: object = {}, headers?: Record<string, string>) =>
      ask('POST', orgId, path, JSON.stringify(body), headers),
    patch: (orgId: string, path: string, body: object) => ask('PATCH', orgId, path, JSON.stringify(body)),
    upload: (orgId: string, path: string, csv: string, headers?: Record<string, string>): Promise<Answer> =>
      ask('POST', orgId, path, csv, { 'content-type': 'text/csv', ...headers }),
  };
}
