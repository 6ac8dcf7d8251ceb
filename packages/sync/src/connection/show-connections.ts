import type { TenantTransaction } from '@tributary/db/transaction';
import { type Connection, serializeConnection } from './connection.ts';
import { readConnections } from './read-connections.ts';

/** Connections by id, as the API shows them. */
export async function showConnections(
  tx: TenantTransaction,
  connectionIds: readonly string[],
  now: Date,
): Promise<Connection[]> {
  return (await readConnections(tx, connectionIds)).map((row) => serializeConnection(row, now));
}
