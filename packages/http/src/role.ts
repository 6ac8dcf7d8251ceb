import * as z from 'zod';

/** What a member may be in an organization, from most to least powerful. */
export const roleSchema = z.enum(['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer']);

export type Role = z.infer<typeof roleSchema>;

/** Whoever may call a route: members, somebody who buys and is no member of anything, or a person: signed in (`user`) or not. */
export const callerRoleSchema = z.enum([...roleSchema.options, 'consumer', 'user', 'visitor']);

export type CallerRole = z.infer<typeof callerRoleSchema>;

/** A kind of caller: each has credentials of its own, so a route is for one kind. */
type CallerKind = 'member' | 'consumer' | 'person';

export function kindOf(role: CallerRole): CallerKind {
  if (role === 'consumer') return 'consumer';
  return role === 'user' || role === 'visitor' ? 'person' : 'member';
}
