import type { TenantTransaction } from '@tributary/db/transaction';
import { known } from './erased.ts';

/** Which of these ids stand for erased ones. They are ours: a provider knows none of them. */
export async function findPseudonyms(tx: TenantTransaction, ids: readonly string[]): Promise<ReadonlySet<string>> {
  if (ids.length === 0 || !(await known(tx)).hasErased) return new Set();
  const rows = await tx.query<{ id: string }>('select id from privacy.find_pseudonyms($1)', [ids]);
  return new Set(rows.map(({ id }) => id));
}
