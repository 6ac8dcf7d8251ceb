import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';

/**
 * Lets the next run walk the streams of a connection again from a time on: reading twice changes nothing. The connection stays locked, so
 * that no run begins meanwhile; one under way would write its own place over this one.
 * @throws AppError `conflict` while a run is under way
 */
export async function rewindStreams(
  tx: TenantTransaction,
  connectionId: string,
  { to, now }: { to: Date; now: Date },
): Promise<void> {
  const free = await tx.query(
    `select from sync.connections where org_id = $1 and id = $2 and (run_lease is null or run_leased_until <= $3) for no key update`,
    [tx.orgId, connectionId, now],
  );
  if (free.length === 0) throw new AppError('conflict', 'A run of the connection is under way.');
  await tx.query(
    // Of nulls `least` takes no notice, and a list that was never walked to its end begins at its beginning.
    `update sync.streams set position = null, highest = null, walk_began_at = null,
       watermark = case when watermark is null then null else least(watermark, $3) end
     where org_id = $1 and connection_id = $2 and status = 'active'`,
    [tx.orgId, connectionId, to],
  );
}
