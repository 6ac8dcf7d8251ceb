import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import type { Anchor } from './findings.ts';

/** Where the chains of organizations are now, in the order of the organizations' ids: `limit` behind one of them. */
export function readHeads(
  system: Database,
  { after, limit }: { after: string | null; limit: number },
): Promise<Anchor[]> {
  return systemStatement<Anchor>(
    system,
    `select org_id as "orgId", seq, encode(hash, 'hex') as hash from audit.heads
     where $1::uuid is null or org_id > $1 order by org_id limit $2`,
    [after, limit],
  );
}
