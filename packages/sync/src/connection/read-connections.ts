import type { TenantTransaction } from '@tributary/db/transaction';
import { and, eq, inArray } from 'drizzle-orm';
import { connections, credentials } from './connection.sql.ts';
import { type ConnectionRow, connectionColumns, itsCredential } from './connection.ts';

/** Connections as they stand in the transaction, by id. */
export function readConnections(tx: TenantTransaction, connectionIds: readonly string[]): Promise<ConnectionRow[]> {
  return tx.drizzle
    .select(connectionColumns)
    .from(connections)
    .leftJoin(credentials, itsCredential)
    .where(and(eq(connections.orgId, tx.orgId), inArray(connections.id, [...connectionIds])))
    .orderBy(connections.id);
}
