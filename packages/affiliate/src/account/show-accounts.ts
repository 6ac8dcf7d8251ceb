import type { TenantTransaction } from '@tributary/db/transaction';
import { type NetworkAccount, serializeAccount } from './account.ts';

/** What connections (UUIDs) are about, as it is shown. */
export async function showAccounts(tx: TenantTransaction, connectionIds: readonly string[]): Promise<NetworkAccount[]> {
  const rows = await tx.query<Parameters<typeof serializeAccount>[0]>(
    `select org_id as "orgId", connection_id as "connectionId", brand, label, time_zone as "timeZone", currency, created_at as "createdAt"
     from affiliate.accounts where org_id = $1 and connection_id = any ($2) order by connection_id`,
    [tx.orgId, connectionIds],
  );
  return rows.map(serializeAccount);
}
