import * as z from 'zod';

/** What is recorded: everything somebody decides by hand. Closed and stable: readers switch on it. */
export const auditAction = z.enum([
  'customer.merge',
  'rule.activate',
  'rule.create',
  'tiers.configure',
  'wallet.adjust',
  'wallet.freeze',
  'wallet.unfreeze',
]);

/** What an action is done to; each a kind of id. Of what there is one per organization, the organization. */
export const auditTarget = z.enum(['customer', 'organization', 'rewardRule', 'wallet']);

export type AuditAction = z.infer<typeof auditAction>;
export type AuditTarget = z.infer<typeof auditTarget>;
