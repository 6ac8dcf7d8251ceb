import type { SendMail } from '@tributary/core/mail';
import { withTenant } from '@tributary/db/transaction';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { cancelInvitation } from '@tributary/identity/invitation/cancel-invitation';
import { createInvitation, newInvitation } from '@tributary/identity/invitation/create-invitation';
import { invitation } from '@tributary/identity/invitation/invitation';
import { invitationPosition, listInvitations } from '@tributary/identity/invitation/list-invitations';
import * as z from 'zod';
import { actingIn } from '../../runtime/api.ts';
import { keysetPage } from './keyset-page.ts';
import { type MemberDeps, staffOf } from './members.ts';

/** What routes about invitations need beside. */
export interface InvitationDeps extends MemberDeps {
  mailer(): SendMail;
}

const described = { path: '/v1/team/invitations', tags: ['Members'], response: invitation } as const;

const example = {
  id: 'inv_01kb7m2q8r5s6t7v8w9x0y1z2b',
  email: 'bob@cornercoffee.example',
  role: 'finance' as const,
  invitedBy: 'usr_01kb7kwz9ye5t8b3c6d9f2g4hk',
  createdAt: '2026-11-20T18:10:00.000Z',
  expiresAt: '2026-11-27T18:10:00.000Z',
};

const createInvitationRoute = route({
  ...described,
  method: 'POST',
  operationId: 'createInvitation',
  summary: 'Invites an address for seven days, by mail; sent again to one that waits, it is the same invitation',
  body: newInvitation,
  responseStatus: 201,
  example: { body: { email: example.email, role: example.role }, response: example },
  handler: async (context: Context<InvitationDeps>, { body }) => {
    const { invitation, organization } = await withTenant(staffOf(context), (tx) =>
      createInvitation(actingIn(context, tx), body),
    );
    // Behind the commit. Lost, it is sent again by inviting again.
    const { id, email } = invitation;
    await context.mailer()({ kind: 'invitation', to: email, invitationId: id, organization });
    return invitation;
  },
});

const listInvitationsRoute = route({
  ...described,
  method: 'GET',
  operationId: 'listInvitations',
  summary: 'Invitations that wait, expired ones too, the newest first',
  query: pageQuery,
  response: pageOf(invitation),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<InvitationDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listInvitations',
      position: invitationPosition,
      read: (page) => listInvitations(staffOf(context), page),
    }),
});

const cancelInvitationRoute = route({
  ...described,
  method: 'DELETE',
  path: '/v1/team/invitations/{invitationId}',
  operationId: 'cancelInvitation',
  summary: 'Takes an invitation back',
  params: z.strictObject({ invitationId: z.string().max(64) }),
  example: { response: example },
  handler: (context: Context<InvitationDeps>, { params }) =>
    withTenant(staffOf(context), (tx) => cancelInvitation(actingIn(context, tx), params)),
});

export const invitationRoutes = [createInvitationRoute, listInvitationsRoute, cancelInvitationRoute];
