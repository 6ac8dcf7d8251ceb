import * as z from 'zod';

/** What is recorded: everything somebody decides by hand. Closed and stable: readers switch on it. */
export const auditAction = z.enum([
  'api_key.create',
  'api_key.revoke',
  'connection.authorize',
  'connection.connect',
  'connection.disconnect',
  'connection.pull',
  'customer.erase',
  'customer.merge',
  'event.replay',
  'invitation.accept',
  'invitation.cancel',
  'invitation.create',
  'invitation.reject',
  'member.change_role',
  'member.leave',
  'member.remove',
  'organization.create',
  'organization.plan',
  'organization.transfer',
  'organization.update',
  'rule.activate',
  'rule.create',
  'tiers.configure',
  'user.approve',
  'user.reinstate',
  'user.suspend',
  'wallet.adjust',
  'wallet.freeze',
  'wallet.unfreeze',
]);

/** What an action is done to; each a kind of id. Of what there is one per organization, the organization. */
export const auditTarget = z.enum([
  'apiKey',
  'connection',
  'customer',
  'event',
  'invitation',
  'member',
  'organization',
  'rewardRule',
  'user',
  'wallet',
]);

export type AuditAction = z.infer<typeof auditAction>;
export type AuditTarget = z.infer<typeof auditTarget>;
