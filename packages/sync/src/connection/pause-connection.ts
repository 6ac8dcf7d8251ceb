import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { assertPulled } from './assert-pulled.ts';
import { type Connection, serializeConnection } from './connection.ts';
import { readConnections } from './read-connections.ts';

export const pausedInput = z.strictObject({ connectionId: z.string() });

export interface PausingContext extends ActingContext {
  now: Date;
}

/**
 * Nothing is pulled from a connection until it is resumed; a run under way writes nothing more. What comes by webhook is taken as ever, and
 * its access is kept alive; access that is given anew does not resume it. Pausing it twice is no mistake.
 * @throws AppError `not_found`; `conflict` for one that is not active, or that nothing is ever pulled from
 */
export const pauseConnection = verb(
  pausedInput,
  (context: PausingContext, input): Promise<Connection> =>
    setPaused(context, input, { action: 'connection.pause', from: 'active', to: 'paused' }),
);

interface Turned {
  action: 'connection.pause' | 'connection.resume';
  from: 'active' | 'paused';
  to: 'active' | 'paused';
}

/** What is resumed is due at once, and goes ahead of what is due by the schedule. @throws AppError `not_found`, `conflict` */
export async function setPaused(
  { tx, actor, client, now }: PausingContext,
  input: z.output<typeof pausedInput>,
  { action, from, to }: Turned,
): Promise<Connection> {
  const connectionId = readId('connection', input.connectionId);
  await assertPulled(tx, connectionId);
  const [turned] = await tx.query(
    `update sync.connections set status = $4, failures = 0, next_run_at = case $4 when 'active' then $5::timestamptz end,
       paused_at = case $4 when 'paused' then $5::timestamptz end,
       priority = case $4 when 'active' then 1 else priority end
     where org_id = $1 and id = $2 and status = $3 returning 1`,
    [tx.orgId, connectionId, from, to, now],
  );
  const [row] = await readConnections(tx, [connectionId]);
  if (!row) throw new AppError('not_found', 'No such object.');
  if (row.status !== to) throw new AppError('conflict', `The connection is ${row.status}: connect it again.`);
  if (turned) {
    const target = { targetType: 'connection', targetId: connectionId } as const;
    await recordAudit(tx, { actor, client, action, ...target, before: { status: from }, after: { status: to } });
  }
  return serializeConnection(row, now);
}
