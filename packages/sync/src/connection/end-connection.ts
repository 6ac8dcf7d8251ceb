import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { disconnect } from './connect.ts';
import { type Connection, serializeConnection } from './connection.ts';
import { readConnections } from './read-connections.ts';

const endConnectionInput = z.strictObject({ connectionId: z.string() });

interface EndingContext extends ActingContext {
  now: Date;
}

interface Ended {
  connection: Connection;
  /** To be ended at the provider, once this is committed; null when nothing is left to end. */
  credentialId: string | null;
}

interface Held {
  status: string;
  /** Or authorised anew, which is later. */
  connectedAt: Date;
  credentialId: string | null;
}

/**
 * Ends a connection by hand: nothing is pulled or taken from it any more; what came stays, and so does the connection itself.
 * Ending it twice is no mistake. @throws AppError `not_found`
 */
export const endConnection = verb(
  endConnectionInput,
  async ({ tx, actor, client, now }: EndingContext, input): Promise<Ended> => {
    const connectionId = readId('connection', input.connectionId);
    const [held] = await tx.query<Held>(
      `select c.status, c.credential_id as "credentialId", greatest(c.connected_at,
         (select k.created_at from sync.credentials k where k.org_id = $1 and k.id = c.credential_id)) as "connectedAt"
       from sync.connections c where c.org_id = $1 and c.id = $2 for update`,
      [tx.orgId, connectionId],
    );
    if (!held) throw new AppError('not_found', 'No such object.');
    if (held.status !== 'disconnected') {
      // By the clock that said when it was connected, it may still be then.
      const at = new Date(Math.max(now.getTime(), held.connectedAt.getTime() + 1));
      await disconnect(tx, { orgId: tx.orgId, connectionId, at });
      const [before, after] = [{ status: held.status }, { status: 'disconnected' }];
      const target = { targetType: 'connection', targetId: connectionId } as const;
      await recordAudit(tx, { actor, client, action: 'connection.disconnect', ...target, before, after });
    }
    const [row] = await readConnections(tx, [connectionId]);
    if (!row) throw new AppError('not_found', 'No such object.');
    return { connection: serializeConnection(row, now), credentialId: held.credentialId };
  },
);
