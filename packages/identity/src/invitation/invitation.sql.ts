import { id, instant, orgId } from '@tributary/db/columns';
import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';

export const invitations = pgSchema('identity').table('invitations', {
  orgId: orgId(),
  id: id(),
  email: text('email').notNull(),
  role: text('role').notNull(),
  status: text('status').notNull(),
  inviterId: uuid('inviter_id').notNull(),
  expiresAt: instant('expires_at').notNull(),
  createdAt: instant('created_at').notNull(),
});
