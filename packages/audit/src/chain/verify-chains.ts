import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import type { Anchor } from './findings.ts';
import { type VerifiedChain, verifyChain } from './verify-chain.ts';

interface Verifying {
  /** The login that is bound to one organization at a time. */
  worker: Database;
  system: Database;
  /** Asked before each organization but the first, so that whoever goes on comes further. */
  mayGoOn: () => boolean;
}

export interface VerifiedChains {
  organizations: number;
  links: number;
  /** Those of which something is wrong. */
  broken: ({ orgId: string } & VerifiedChain)[];
  /** Behind which organization to go on; null when all were verified. */
  next: string | null;
}

const pageSize = 100;

/** Verifies the chains of all organizations, those an anchor names though they are gone too, in the order of their ids. */
export async function verifyChains(
  { worker, system, mayGoOn }: Verifying,
  { anchors, after }: { anchors: readonly Anchor[]; after: string | null },
): Promise<VerifiedChains> {
  const result: VerifiedChains = { organizations: 0, links: 0, broken: [], next: after };
  const anchored = [...new Set(anchors.map(({ orgId }) => orgId))];
  for (;;) {
    const orgIds = await readOrganizations(system, anchored, result.next);
    if (orgIds.length === 0) return { ...result, next: null };
    for (const orgId of orgIds) {
      if (result.organizations > 0 && !mayGoOn()) return result;
      const verified = await verifyChain({ database: worker, orgId }, anchors);
      result.organizations += 1;
      result.links += verified.links;
      if (verified.found > 0) result.broken.push({ orgId, ...verified });
      result.next = orgId;
    }
  }
}

async function readOrganizations(system: Database, anchored: string[], after: string | null): Promise<string[]> {
  const rows = await systemStatement<{ id: string }>(
    system,
    `select id from (select id from identity.organizations union select org_id from audit.heads union select unnest($1::uuid[])) known
     where $2::uuid is null or id > $2 order by id limit $3`,
    [anchored, after, pageSize],
  );
  return rows.map(({ id }) => id);
}
