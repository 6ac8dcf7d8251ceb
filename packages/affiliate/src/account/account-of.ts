import type { NetworkAccount } from '@tributary/core/daily-stats';
import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';

/** In which zone a connection's network counts days, and in which currency it states amounts. @throws AppError `not_found` */
export async function accountOf(
  tx: TenantTransaction,
  connectionId: string,
): Promise<Pick<NetworkAccount, 'timeZone' | 'currency'>> {
  const [account] = await tx.query<Pick<NetworkAccount, 'timeZone' | 'currency'>>(
    'select time_zone as "timeZone", currency from affiliate.accounts where org_id = $1 and connection_id = $2',
    [tx.orgId, connectionId],
  );
  if (account === undefined) throw new AppError('not_found', 'No such object.');
  return account;
}
