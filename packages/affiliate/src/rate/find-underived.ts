import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

/**
 * Accounts whose base amounts may not be what they must be: rates came since they were converted, or the organization has another base
 * currency now. At most `atMost`, those that have waited longest first; none of a suspended organization. As the system login.
 */
export function findUnderived(
  system: Database,
  { atMost }: { atMost: number },
): Promise<{ orgId: string; connectionId: string }[]> {
  return systemStatement(
    system,
    `select a.org_id as "orgId", a.connection_id as "connectionId"
     from affiliate.accounts a join identity.organizations o on o.id = a.org_id and o.status = 'active'
     where a.base_currency is distinct from o.base_currency or a.derive_from is not null
       or a.rates_seen_at < (select max(loaded_at) from ref.exchange_rates)
     order by a.rates_seen_at, a.org_id, a.connection_id limit $1`,
    [atMost],
  );
}
