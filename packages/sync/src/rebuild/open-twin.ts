import { AppError } from '@tributary/core/errors';
import type { Database } from '@tributary/db/connection';
import { withSystem } from '@tributary/db/transaction';

export interface Twin {
  orgId: string;
  /** Its connection for each of the organization's, by id. */
  connections: ReadonlyMap<string, string>;
}

/**
 * Makes an empty organization beside another: suspended, its accounts connected without tokens, and without a route, so that nothing that
 * comes from outside reaches it and nothing of it goes out. As the system login.
 * @throws AppError `not_found`
 */
export function openTwin(system: Database, orgId: string): Promise<Twin> {
  return withSystem(system, async (tx) => {
    const [twin] = await tx.query<{ id: string }>(
      `insert into identity.organizations (name, country, status, time_zone, base_currency)
       select left('Rebuild of ' || name, 200), country, 'suspended', time_zone, base_currency
       from identity.organizations where id = $1 returning id`,
      [orgId],
    );
    if (twin === undefined) throw new AppError('not_found', 'No such organization.');
    // Never active: no schedule claims one that is not.
    const connections = await tx.query<{ id: string; twinId: string }>(
      `with made as (
         insert into sync.connections (org_id, provider, account_ref, status, connected_at)
         select $2, provider, account_ref, 'needs_reconnect', connected_at from sync.connections where org_id = $1
         returning id, provider, account_ref
       )
       select c.id, m.id as "twinId" from made m
       join sync.connections c on c.org_id = $1 and c.provider = m.provider and c.account_ref = m.account_ref`,
      [orgId, twin.id],
    );
    return { orgId: twin.id, connections: new Map(connections.map(({ id, twinId }) => [id, twinId])) };
  });
}
