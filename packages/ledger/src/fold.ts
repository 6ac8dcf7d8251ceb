import type { TenantTransaction } from '@tributary/db/transaction';

/**
 * Folds what was recorded on the recording accounts of the organization into their balances, so that reading one does not add up its
 * whole past. Holds nobody up. Answers how many records were folded.
 */
export async function foldRecords(tx: TenantTransaction): Promise<number> {
  const [row] = await tx.query<{ folded: number }>(
    `select coalesce(sum(ledger.fold($1, a.id)), 0)::bigint as folded from ledger.accounts a where a.org_id = $1 and a.mode = 'recording'`,
    [tx.orgId],
  );
  return (row as { folded: number }).folded;
}
