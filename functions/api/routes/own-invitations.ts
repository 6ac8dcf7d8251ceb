import type { Consumer } from '@tributary/http/authenticate';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, consumerRoute } from '@tributary/http/route';
import { acceptInvitation, rejectInvitation } from '@tributary/identity/invitation/answer-invitation';
import { invitationPosition } from '@tributary/identity/invitation/list-invitations';
import { listOwnInvitations } from '@tributary/identity/invitation/list-own-invitations';
import { ownInvitation } from '@tributary/identity/invitation/own-invitation';
import * as z from 'zod';
import type { ApiDeps } from '../../runtime/api.ts';
import { keysetPage } from './keyset-page.ts';

const described = { path: '/v1/me/invitations', tags: ['Members'], response: ownInvitation } as const;
const params = z.strictObject({ invitationId: z.string().max(64) });
const body = z.strictObject({});

const example = {
  id: 'inv_01kb7m2q8r5s6t7v8w9x0y1z2b',
  organization: { id: 'org_01kb7kwz9ye5t8b3c6d9f2g4hj', name: 'Corner Coffee' },
  role: 'finance' as const,
  expiresAt: '2026-11-27T18:10:00.000Z',
};

/** Who is asked, answering now. What their token says of their address is not asked: it may have changed. */
const personOf = ({ auth, client, database }: Context<ApiDeps, Consumer>) => ({
  database,
  client,
  actor: auth.subject,
  now: new Date(),
});

const listOwnInvitationsRoute = consumerRoute({
  ...described,
  method: 'GET',
  operationId: 'listOwnInvitations',
  summary: 'Organizations that ask you to join, by the address you have proven to own; the newest first',
  query: pageQuery,
  response: pageOf(ownInvitation),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<ApiDeps, Consumer>, input) =>
    keysetPage(context, input, {
      operationId: 'listOwnInvitations',
      position: invitationPosition,
      read: (page) => listOwnInvitations(personOf(context), page),
    }),
});

const acceptInvitationRoute = consumerRoute({
  ...described,
  method: 'POST',
  path: '/v1/me/invitations/{invitationId}/accept',
  operationId: 'acceptInvitation',
  summary: 'Makes you a member; switch to the organization to get tokens of it',
  params,
  body,
  example: { body: {}, response: example },
  handler: (context: Context<ApiDeps, Consumer>, { params }) => acceptInvitation(personOf(context), params),
});

const rejectInvitationRoute = consumerRoute({
  ...described,
  method: 'POST',
  path: '/v1/me/invitations/{invitationId}/reject',
  operationId: 'rejectInvitation',
  summary: 'Turns an invitation down',
  params,
  body,
  example: { body: {}, response: example },
  handler: (context: Context<ApiDeps, Consumer>, { params }) => rejectInvitation(personOf(context), params),
});

export const ownInvitationRoutes = [listOwnInvitationsRoute, acceptInvitationRoute, rejectInvitationRoute];
