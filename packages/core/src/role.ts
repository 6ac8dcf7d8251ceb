import * as z from 'zod';

/** What a member may be in an organization, from most to least powerful. */
export const memberRole = z.enum(['owner', 'admin', 'finance', 'analyst', 'operator', 'viewer']);

export type MemberRole = z.infer<typeof memberRole>;
