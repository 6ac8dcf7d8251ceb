import * as z from 'zod';

/** What a member may be in an organization, from most to least powerful. */
export const roleSchema = z.enum(['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer']);

export type Role = z.infer<typeof roleSchema>;

/** Whoever may call a route: members, or somebody who buys and is no member of anything. */
export const callerRoleSchema = z.enum([...roleSchema.options, 'consumer']);
