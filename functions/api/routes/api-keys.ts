import { withTenant } from '@tributary/db/transaction';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { apiKey } from '@tributary/identity/api-key/api-key';
import { createApiKey, newApiKey } from '@tributary/identity/api-key/create-api-key';
import { apiKeyPosition, listApiKeys } from '@tributary/identity/api-key/list-api-keys';
import { revokeApiKey } from '@tributary/identity/api-key/revoke-api-key';
import * as z from 'zod';
import { actingIn, type MemberApiDeps, tenantOf } from '../../runtime/api.ts';
import { keyScopes } from '../key-scopes.ts';
import { keysetPage } from './keyset-page.ts';

const described = { path: '/v1/api-keys', tags: ['API keys'] } as const;

const example = {
  id: 'key_01kb7p3w5x6y7z8a9b0c1d2e3f',
  name: 'till at the counter',
  prefix: 'trb_live_01kb7p3w5x6y7z8a9b0c1d2e3f',
  role: 'operator' as const,
  scopes: ['loyalty:read', 'loyalty:write'],
  createdBy: 'user_1',
  createdAt: '2026-11-20T20:00:00.000Z',
  expiresAt: '2027-11-20T20:00:00.000Z',
  lastUsedAt: null,
  revokedAt: null,
};

/**
 * Not idempotent: an answer that is kept to be given again would be the key in clear. Whose answer got lost revokes that key, which
 * nobody has, and makes another.
 */
const createApiKeyRoute = route({
  ...described,
  method: 'POST',
  operationId: 'createApiKey',
  summary: 'Makes an API key; the answer is the only place where all of it is told',
  body: newApiKey.extend({ scopes: z.array(z.enum(keyScopes)).min(1).describe('What it is narrowed to.') }),
  response: apiKey.extend({ key: z.string().describe('Keep it where secrets are kept: it cannot be shown again.') }),
  responseStatus: 201,
  example: {
    body: { name: example.name, role: example.role, scopes: ['loyalty:read', 'loyalty:write'] },
    response: { ...example, key: `${example.prefix}_EXAMPLE0EXAMPLE1EXAMPLE2EXAMPLE3EXAMPLE4EXA00000x` },
  },
  handler: (context: Context<MemberApiDeps>, { body }) => {
    const { keyEnvironment: environment } = context;
    return withTenant(tenantOf(context), (tx) => createApiKey({ ...actingIn(context, tx), environment }, body));
  },
});

const listApiKeysRoute = route({
  ...described,
  method: 'GET',
  operationId: 'listApiKeys',
  summary: 'API keys without their secrets, ended ones too, the newest first',
  query: pageQuery,
  response: pageOf(apiKey),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<MemberApiDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listApiKeys',
      position: apiKeyPosition,
      read: (page) => listApiKeys({ ...tenantOf(context), environment: context.keyEnvironment }, page),
    }),
});

const revokeApiKeyRoute = route({
  ...described,
  method: 'DELETE',
  path: '/v1/api-keys/{apiKeyId}',
  operationId: 'revokeApiKey',
  summary: 'Ends an API key for good, within a minute everywhere',
  params: z.strictObject({ apiKeyId: z.string().max(64) }),
  response: apiKey,
  example: { response: { ...example, revokedAt: '2026-11-21T09:30:00.000Z' } },
  handler: (context: Context<MemberApiDeps>, { params }) => {
    const { keyEnvironment: environment } = context;
    return withTenant(tenantOf(context), (tx) => revokeApiKey({ ...actingIn(context, tx), environment }, params));
  },
});

export const apiKeyRoutes = [createApiKeyRoute, listApiKeysRoute, revokeApiKeyRoute];
