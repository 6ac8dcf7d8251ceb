import type { TenantTransaction } from '@tributary/db/transaction';

/** The lock as SQL, for a statement that takes it beside others. @param orgId SQL for the organization's id */
export const statusLock = (orgId: string) => `hashtextextended('loyalty.wallets.status:' || ${orgId}, 0)`;

const lockFunctions = { shared: 'pg_advisory_xact_lock_shared', alone: 'pg_advisory_xact_lock' } as const;

/**
 * Until the transaction ends no wallet of the organization is frozen or unfrozen by others. `shared` is for whoever moves points by
 * the status of wallets that are not locked; `alone` for whoever changes a status. So no sale is judged by a status that ends while
 * it is applied: its points would come after a freeze, or be missed by the unfreezing that makes them good.
 */
export async function lockStatuses(tx: TenantTransaction, as: keyof typeof lockFunctions): Promise<void> {
  await tx.query(`select ${lockFunctions[as]}(${statusLock('$1')})`, [tx.orgId]);
}
