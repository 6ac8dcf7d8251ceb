import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import * as z from 'zod';
import { assertPulled } from './assert-pulled.ts';

const requestRunInput = z.strictObject({ connectionId: z.string() });

/**
 * Somebody wants a connection pulled from now. Recorded; to be queued by the caller once that is committed.
 * @throws AppError `not_found`; `conflict` for one that is not active, since its provider would not let us in, and for one that
 * nothing is ever pulled from
 */
export const requestRun = verb(requestRunInput, async ({ tx, actor, client }: ActingContext, input): Promise<void> => {
  const connectionId = readId('connection', input.connectionId);
  await assertPulled(tx, connectionId);
  // What that run leaves, for whatever reason, goes ahead of what is due by the schedule.
  const [found] = await tx.query<{ status: string }>(
    `update sync.connections set priority = case status when 'active' then 1 else priority end
     where org_id = $1 and id = $2 returning status`,
    [tx.orgId, connectionId],
  );
  if (!found) throw new AppError('not_found', 'No such object.');
  if (found.status === 'paused') throw new AppError('conflict', 'The connection is paused: resume it.');
  if (found.status !== 'active') throw new AppError('conflict', 'The connection is not active: connect it again.');
  const target = { targetType: 'connection', targetId: connectionId } as const;
  await recordAudit(tx, { actor, client, action: 'connection.pull', ...target });
});
