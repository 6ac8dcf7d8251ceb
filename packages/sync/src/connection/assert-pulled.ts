import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';

/** @throws AppError `not_found`; `conflict` for a connection that nothing is ever pulled from */
export async function assertPulled(tx: TenantTransaction, connectionId: string): Promise<void> {
  const [found] = await tx.query<{ pulled: boolean }>(
    'select pulled from sync.connections where org_id = $1 and id = $2',
    [tx.orgId, connectionId],
  );
  if (!found) throw new AppError('not_found', 'No such object.');
  if (!found.pulled) throw new AppError('conflict', 'Nothing is pulled from this account: what it has is uploaded.');
}
