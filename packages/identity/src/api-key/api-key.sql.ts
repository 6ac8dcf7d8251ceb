import { id, instant, orgId } from '@tributary/db/columns';
import { pgSchema, text } from 'drizzle-orm/pg-core';

/** What a tenant may read of them: the hash of the secret is not among it. */
export const apiKeys = pgSchema('identity').table('api_keys', {
  orgId: orgId(),
  id: id(),
  name: text('name').notNull(),
  role: text('role').notNull(),
  scopes: text('scopes').array().notNull(),
  createdBy: text('created_by').notNull(),
  createdAt: instant('created_at').notNull(),
  expiresAt: instant('expires_at').notNull(),
  lastUsedAt: instant('last_used_at'),
  revokedAt: instant('revoked_at'),
});
