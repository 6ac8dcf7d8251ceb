import type { Person } from '@tributary/http/person';
import { type Context, personRoute } from '@tributary/http/route';
import { describePerson, person } from '@tributary/identity/auth/describe-person';
import { issueToken } from '@tributary/identity/auth/issue-token';
import { publicKeys } from '@tributary/identity/auth/key-ring';
import {
  listSessions,
  revokeSession,
  session,
  sessionId,
  switchInput,
  switchOrganization,
} from '@tributary/identity/auth/session';
import * as z from 'zod';
import { type AuthDeps, signedInOf } from '../../runtime/auth.ts';

const tags = ['Sessions'];
const nothing = z.strictObject({});
type Asking = Context<AuthDeps, Person>;

const exampleOrganization = 'org_01kb7kz3vaef8rmt0v5w6x7y8z';

const getSessionRoute = personRoute({
  method: 'GET',
  tags,
  path: '/v1/auth/session',
  operationId: 'getSession',
  summary: 'Who is signed in, and where they are a member',
  response: person,
  example: {
    response: {
      id: 'usr_01kb7kz3vaef8rmt0v5w6x7y8z',
      name: 'Ann Miller',
      email: 'ann@example.com',
      secondFactor: true,
      activeOrganizationId: exampleOrganization,
      organizations: [{ id: exampleOrganization, name: 'Corner Coffee', role: 'owner' }],
    },
  },
  handler: (context: Asking) => describePerson(signedInOf(context)),
});

const listSessionsRoute = personRoute({
  method: 'GET',
  tags,
  path: '/v1/auth/sessions',
  operationId: 'listSessions',
  summary: 'Your sessions, the newest first, a hundred at most',
  response: z.strictObject({ data: z.array(session) }),
  example: {
    response: {
      data: [
        {
          id: 'ses_01kb7kz3vaef8rmt0v5w6x7y8z',
          current: true,
          address: '203.0.113.7',
          userAgent: 'Mozilla/5.0',
          createdAt: '2026-11-20T19:29:58.000Z',
          expiresAt: '2026-11-27T19:29:58.000Z',
        },
      ],
    },
  },
  handler: async (context: Asking) => ({ data: await listSessions(signedInOf(context)) }),
});

const revokeSessionRoute = personRoute({
  method: 'DELETE',
  tags,
  path: '/v1/auth/sessions/{sessionId}',
  operationId: 'revokeSession',
  summary: 'End one of your sessions',
  params: sessionId,
  response: nothing,
  example: { response: {} },
  handler: async (context: Asking, { params }) => {
    await revokeSession(signedInOf(context), params);
    return {};
  },
});

const switchOrganizationRoute = personRoute({
  method: 'POST',
  tags,
  path: '/v1/auth/switch-organization',
  operationId: 'switchOrganization',
  summary: 'Get tokens of another organization from now on, or of none',
  body: switchInput,
  response: nothing,
  example: { body: { organizationId: exampleOrganization }, response: {} },
  handler: async (context: Asking, { body }) => {
    await switchOrganization(signedInOf(context), body);
    return {};
  },
});

const issueTokenRoute = personRoute({
  method: 'POST',
  tags,
  path: '/v1/auth/token',
  operationId: 'issueToken',
  summary: 'A bearer token of five minutes, for the active organization or as a consumer',
  response: z.strictObject({ token: z.string(), expiresAt: z.iso.datetime() }),
  example: { response: { token: 'eyJhbGciOiJFZERTQSJ9.e30.c2lnbmF0dXJl', expiresAt: '2026-11-20T19:34:58.000Z' } },
  handler: (context: Asking) => issueToken(signedInOf(context)),
});

const publicKey = z.strictObject({
  kid: z.string(),
  kty: z.literal('OKP'),
  crv: z.literal('Ed25519'),
  x: z.string(),
  alg: z.literal('EdDSA'),
  use: z.literal('sig'),
});

const listPublicKeysRoute = personRoute({
  method: 'GET',
  tags,
  path: '/v1/auth/jwks',
  operationId: 'listPublicKeys',
  summary: 'The keys by which tokens are checked (RFC 7517), those that will sign soon among them',
  response: z.strictObject({ keys: z.array(publicKey) }),
  example: {
    response: {
      keys: [
        {
          kid: '0199a7f2-7b4c-7c11-9d61-0f6f3f0c9a11',
          kty: 'OKP',
          crv: 'Ed25519',
          x: '11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo',
          alg: 'EdDSA',
          use: 'sig',
        },
      ],
    },
  },
  handler: async ({ identity }: Asking) => ({ keys: (await publicKeys(identity)).keys as z.infer<typeof publicKey>[] }),
});

export const sessionRoutes = [
  getSessionRoute,
  listSessionsRoute,
  revokeSessionRoute,
  switchOrganizationRoute,
  issueTokenRoute,
  listPublicKeysRoute,
];
