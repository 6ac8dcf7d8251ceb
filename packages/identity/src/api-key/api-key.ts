import { type KeyEnvironment, keyPrefix } from '@tributary/core/api-key';
import { showId } from '@tributary/core/ids';
import { memberRole } from '@tributary/core/role';
import * as z from 'zod';
import type { apiKeys } from './api-key.sql.ts';

/** What a key may act as: whatever a member may be. */
export const keyRole = memberRole;

export const apiKey = z
  .strictObject({
    id: z.string(),
    name: z.string(),
    prefix: z.string().describe('How the key begins: all of it that is no secret.'),
    role: keyRole,
    scopes: z.array(z.string()),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
    expiresAt: z.iso.datetime(),
    lastUsedAt: z.iso.datetime().nullable().describe('Noted once a minute at most.'),
    revokedAt: z.iso.datetime().nullable(),
  })
  .meta({
    id: 'ApiKey',
    description: 'How a machine comes to the organization. Its secret was shown when it was made.',
  });

export type ApiKeyRecord = z.infer<typeof apiKey>;

export function serializeApiKey(
  environment: KeyEnvironment,
  { orgId: _, ...row }: typeof apiKeys.$inferSelect,
): ApiKeyRecord {
  return {
    ...row,
    id: showId('apiKey', row.id),
    prefix: keyPrefix(environment, row.id),
    role: keyRole.parse(row.role),
    createdAt: row.createdAt.toISOString(),
    expiresAt: row.expiresAt.toISOString(),
    lastUsedAt: row.lastUsedAt?.toISOString() ?? null,
    revokedAt: row.revokedAt?.toISOString() ?? null,
  };
}
