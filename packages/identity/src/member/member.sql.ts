import { id, instant, orgId } from '@tributary/db/columns';
import { pgSchema, text, uuid } from 'drizzle-orm/pg-core';

const identity = pgSchema('identity');

export const members = identity.table('members', {
  orgId: orgId(),
  id: id(),
  userId: uuid('user_id').notNull(),
  role: text('role').notNull(),
  createdAt: instant('created_at').notNull(),
});

/** Of a person, what colleagues see. */
export const people = identity.table('users', {
  id: id(),
  name: text('name').notNull(),
  email: text('email').notNull(),
});
