import type { Database } from '@tributary/db/connection';
import type { TenantContext } from '@tributary/db/transaction';
import { withTenant } from '@tributary/db/transaction';
import { pageOf, pageQuery } from '@tributary/http/page';
import { type Context, route } from '@tributary/http/route';
import { changeRole } from '@tributary/identity/member/change-role';
import { listMembers, memberPosition } from '@tributary/identity/member/list-members';
import { member } from '@tributary/identity/member/member';
import { leave, removeMember } from '@tributary/identity/member/remove-member';
import { givenRole } from '@tributary/identity/member/role';
import { transferOwnership } from '@tributary/identity/member/transfer-ownership';
import * as z from 'zod';
import { type ApiDeps, actingIn, tenantOf } from '../../runtime/api.ts';
import { keysetPage } from './keyset-page.ts';

/** What routes about members need beside what every API has. */
export interface MemberDeps extends ApiDeps {
  /** The database as the login that knows people. */
  people(): Database;
}

const described = { tags: ['Members'], response: member } as const;
const params = z.strictObject({ memberId: z.string().max(64) });

const example = {
  id: 'mem_01kb7kwz9ye5t8b3c6d9f2g4hj',
  userId: 'usr_01kb7kwz9ye5t8b3c6d9f2g4hk',
  name: 'Ann Arbor',
  email: 'ann@cornercoffee.example',
  role: 'admin' as const,
  joinedAt: '2026-11-20T18:00:00.000Z',
};

/** The caller's organization, seen by the login that knows people. */
export function staffOf(context: Context<MemberDeps>): TenantContext {
  return { ...tenantOf(context), database: context.people() };
}

const listMembersRoute = route({
  ...described,
  method: 'GET',
  path: '/v1/team/members',
  operationId: 'listMembers',
  summary: 'Who works here, and as what; who joined last first',
  query: pageQuery,
  response: pageOf(member),
  example: { response: { data: [example], nextCursor: null } },
  handler: (context: Context<MemberDeps>, input) =>
    keysetPage(context, input, {
      operationId: 'listMembers',
      position: memberPosition,
      read: (page) => listMembers(staffOf(context), page),
    }),
});

const changeRoleRoute = route({
  ...described,
  method: 'PUT',
  path: '/v1/team/members/{memberId}/role',
  operationId: 'changeRole',
  summary: 'Gives a member another role, never to or from owner; admins are for the owner to make and change',
  params,
  body: z.strictObject({ role: givenRole }),
  example: { body: { role: 'admin' }, response: example },
  handler: (context: Context<MemberDeps>, { params, body }) =>
    withTenant(staffOf(context), (tx) => changeRole(actingIn(context, tx), { ...params, ...body })),
});

const removeMemberRoute = route({
  ...described,
  method: 'DELETE',
  path: '/v1/team/members/{memberId}',
  operationId: 'removeMember',
  summary: 'Ends a membership; tokens that are out end within five minutes',
  params,
  example: { response: example },
  handler: (context: Context<MemberDeps>, { params }) =>
    withTenant(staffOf(context), (tx) => removeMember(actingIn(context, tx), params)),
});

const leaveRoute = route({
  ...described,
  method: 'DELETE',
  path: '/v1/team/membership',
  operationId: 'leaveOrganization',
  summary: 'Ends your own membership; the owner passes ownership on first',
  example: { response: example },
  handler: (context: Context<MemberDeps>) => withTenant(staffOf(context), (tx) => leave(actingIn(context, tx), {})),
});

const transferOwnershipRoute = route({
  ...described,
  method: 'POST',
  path: '/v1/team/members/{memberId}/transfer-ownership',
  operationId: 'transferOwnership',
  summary: 'Makes another member the owner, and you an admin',
  params,
  body: z.strictObject({}),
  example: { body: {}, response: { ...example, role: 'owner' } },
  handler: (context: Context<MemberDeps>, { params }) =>
    withTenant(staffOf(context), (tx) => transferOwnership(actingIn(context, tx), params)),
});

export const memberRoutes = [listMembersRoute, changeRoleRoute, removeMemberRoute, transferOwnershipRoute, leaveRoute];
