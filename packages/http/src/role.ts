import { memberRole } from '@tributary/core/role';
import * as z from 'zod';

/** Whoever may call a route: members, somebody who buys and is no member of anything, or a person: signed in (`user`) or not. */
export const callerRoleSchema = z.enum([...memberRole.options, 'consumer', 'user', 'visitor']);

export type CallerRole = z.infer<typeof callerRoleSchema>;

/** A kind of caller: each has credentials of its own, so a route is for one kind. */
type CallerKind = 'member' | 'consumer' | 'person';

export function kindOf(role: CallerRole): CallerKind {
  if (role === 'consumer') return 'consumer';
  return role === 'user' || role === 'visitor' ? 'person' : 'member';
}
