import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { firstDayOf, monthOfInstant } from './month.ts';

/**
 * Organizations with a deal that has a month since it was computed last, even if nothing happened in it; none that is suspended. As the system
 * login.
 */
export async function findBegun(system: Database, now: Date): Promise<string[]> {
  const rows = await systemStatement<{ orgId: string }>(
    system,
    `select distinct d.org_id as "orgId" from affiliate.deals d join identity.organizations o on o.id = d.org_id and o.status = 'active'
     where starts_on < $1::date + interval '1 month'
       and coalesce(computed_through < least($1::date, date_trunc('month', ends_on::timestamp)), true)
     order by d.org_id`,
    [firstDayOf(monthOfInstant(now))],
  );
  return rows.map(({ orgId }) => orgId);
}
