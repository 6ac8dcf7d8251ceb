import { showId } from '@tributary/core/ids';
import { memberRole } from '@tributary/core/role';
import { type Context, route } from '@tributary/http/route';
import * as z from 'zod';
import type { ApiDeps } from '../../runtime/api.ts';

const credential = z
  .strictObject({
    kind: z.enum(['member', 'api_key']),
    subject: z.string().describe('Who is named where somebody did something.'),
    organizationId: z.string(),
    role: memberRole,
    scopes: z.array(z.string()).nullable().describe('What an API key is narrowed to; null: whatever the role permits.'),
  })
  .meta({ id: 'Me' });

/** Asks the database nothing, so that it is cheap to try a credential by. */
const getMe = route({
  method: 'GET',
  path: '/v1/me',
  operationId: 'getMe',
  summary: 'Who you are to the API: what to try a token or an API key by',
  tags: ['API keys'],
  response: credential,
  example: {
    response: {
      kind: 'api_key',
      subject: 'key_01kb7p3w5x6y7z8a9b0c1d2e3f',
      organizationId: 'org_01kb7kx0y4e2z3a5b7c9d1e3f5',
      role: 'operator',
      scopes: ['loyalty:read', 'loyalty:write', 'self:read'],
    },
  },
  handler: async ({ auth }: Context<ApiDeps>) => ({
    kind: auth.apiKeyId === undefined ? ('member' as const) : ('api_key' as const),
    subject: auth.subject,
    organizationId: showId('organization', auth.orgId),
    role: auth.role,
    scopes: auth.scopes === undefined ? null : [...auth.scopes],
  }),
});

export const meRoutes = [getMe];
