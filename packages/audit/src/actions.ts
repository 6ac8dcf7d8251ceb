import * as z from 'zod';

/** What is recorded: everything somebody decides by hand. Closed and stable: readers switch on it. */
export const auditAction = z.enum([
  'connection.authorize',
  'connection.connect',
  'connection.disconnect',
  'connection.pull',
  'customer.merge',
  'event.replay',
  'rule.activate',
  'rule.create',
  'tiers.configure',
  'wallet.adjust',
  'wallet.freeze',
  'wallet.unfreeze',
]);

/** What an action is done to; each a kind of id. Of what there is one per organization, the organization. */
export const auditTarget = z.enum(['connection', 'customer', 'event', 'organization', 'rewardRule', 'wallet']);

export type AuditAction = z.infer<typeof auditAction>;
export type AuditTarget = z.infer<typeof auditTarget>;
