import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import type { KeyEnvironment } from '@tributary/core/api-key';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { apiKeys } from './api-key.sql.ts';
import { type ApiKeyRecord, serializeApiKey } from './api-key.ts';

const revokeApiKeyInput = z.strictObject({ apiKeyId: z.string() });

interface RevokingContext extends ActingContext {
  environment: KeyEnvironment;
  now: Date;
}

/** Ends a key for good. Ending it twice is no mistake, and is noted once. @throws AppError `not_found` */
export const revokeApiKey = verb(
  revokeApiKeyInput,
  async ({ tx, actor, client, environment, now }: RevokingContext, { apiKeyId }): Promise<ApiKeyRecord> => {
    const id = readId('apiKey', apiKeyId);
    const revoked = await tx.query(
      'update identity.api_keys set revoked_at = $3 where org_id = $1 and id = $2 and revoked_at is null returning id',
      [tx.orgId, id, now],
    );
    const [row] = await tx.drizzle
      .select()
      .from(apiKeys)
      .where(and(eq(apiKeys.orgId, tx.orgId), eq(apiKeys.id, id)));
    if (!row) throw new AppError('not_found', 'No such object.');
    if (revoked.length > 0) {
      const [before, after] = [{ revokedAt: null }, { revokedAt: now.toISOString() }];
      await recordAudit(tx, {
        actor,
        client,
        action: 'api_key.revoke',
        targetType: 'apiKey',
        targetId: id,
        before,
        after,
      });
    }
    return serializeApiKey(environment, row);
  },
);
