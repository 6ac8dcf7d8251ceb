import { type MemberRole, memberRole } from '@tributary/core/role';

/** What a member is made. An owner is not made: ownership is passed on. */
export const givenRole = memberRole.exclude(['owner']);

/** Whom each role invites, changes and removes. Admins do not make their like: one whose account is stolen cannot take over the others. */
const managed: Readonly<Record<MemberRole, readonly MemberRole[]>> = {
  owner: ['admin', 'finance', 'analyst', 'operator', 'viewer'],
  admin: ['finance', 'analyst', 'operator', 'viewer'],
  finance: [],
  analyst: [],
  operator: [],
  viewer: [],
};

export function isManaged(by: MemberRole, role: MemberRole): boolean {
  return managed[by].includes(role);
}
