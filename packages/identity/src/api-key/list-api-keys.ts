import type { KeyEnvironment } from '@tributary/core/api-key';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { apiKeys } from './api-key.sql.ts';
import { serializeApiKey } from './api-key.ts';

/** Behind the key with this id (a UUID). */
export const apiKeyPosition = z.uuid();

const listApiKeysInput = z.strictObject({ limit: z.int().positive(), after: apiKeyPosition.optional() });

interface ReadingContext extends TenantContext {
  environment: KeyEnvironment;
}

/** Keys, ended ones too, the newest first: at most `limit`, each with the position a next page continues from. */
export const listApiKeys = verb(
  listApiKeysInput,
  async ({ environment, ...context }: ReadingContext, { limit, after }) => {
    const behind = after === undefined ? undefined : lt(apiKeys.id, after);
    const rows = await readTenant(context, (reader) =>
      reader
        .select()
        .from(apiKeys)
        .where(and(eq(apiKeys.orgId, context.orgId), behind))
        .orderBy(desc(apiKeys.id))
        .limit(limit),
    );
    return rows.map((row) => ({ item: serializeApiKey(environment, row), position: row.id }));
  },
);
