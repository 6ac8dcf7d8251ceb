import { recordAudit } from '@tributary/audit/record';
import type { TenantTransaction } from '@tributary/db/transaction';
import { type Connection, serializeConnection } from './connection.ts';
import { readConnections } from './read-connections.ts';

/** Records who connected what, and shows it. */
export async function recordConnected(
  { tx, actor, now }: { tx: TenantTransaction; actor: string; now: Date },
  connectionIds: readonly string[],
): Promise<Connection[]> {
  const rows = await readConnections(tx, connectionIds);
  for (const { id, provider, accountRef } of rows) {
    const target = { targetType: 'connection', targetId: id } as const;
    await recordAudit(tx, { actor, action: 'connection.connect', ...target, after: { provider, accountRef } });
  }
  return rows.map((row) => serializeConnection(row, now));
}
