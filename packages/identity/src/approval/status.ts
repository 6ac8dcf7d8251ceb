import * as z from 'zod';

/** Whether somebody may sign in at all, wherever they are a member. */
export const userStatus = z.enum(['active', 'pending_approval', 'suspended']);

export type UserStatus = z.infer<typeof userStatus>;

/** What is decided about a user by the people of the platform. */
export const decision = z.enum(['approve', 'suspend', 'reinstate']);

export type Decision = z.infer<typeof decision>;

/** From which states to which. */
export const transitions: Readonly<Record<Decision, { from: readonly UserStatus[]; to: UserStatus }>> = {
  approve: { from: ['pending_approval'], to: 'active' },
  suspend: { from: ['active', 'pending_approval'], to: 'suspended' },
  reinstate: { from: ['suspended'], to: 'active' },
};
