import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { connections, credentials } from './connection.sql.ts';
import { connectionColumns, itsCredential, serializeConnection } from './connection.ts';

/** Behind the connection with this id (a UUID). */
export const connectionPosition = z.uuid();

const listConnectionsInput = z.strictObject({ limit: z.int().positive(), after: connectionPosition.optional() });

interface ReadingContext extends TenantContext {
  now: Date;
}

/** Connections, ended ones too, the newest first: at most `limit`, each with the position a next page continues from. */
export const listConnections = verb(
  listConnectionsInput,
  async ({ now, ...context }: ReadingContext, { limit, after }) => {
    const behind = after === undefined ? undefined : lt(connections.id, after);
    const rows = await readTenant(context, (reader) =>
      reader
        .select(connectionColumns)
        .from(connections)
        .leftJoin(credentials, itsCredential)
        .where(and(eq(connections.orgId, context.orgId), behind))
        .orderBy(desc(connections.id))
        .limit(limit),
    );
    return rows.map((row) => ({ item: serializeConnection(row, now), position: row.id }));
  },
);
