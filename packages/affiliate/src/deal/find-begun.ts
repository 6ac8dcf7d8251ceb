import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { firstDayOf, monthOfInstant } from './month.ts';

/** Organizations with a deal that has a month since it was computed last, even if nothing happened in it. As the system login. */
export async function findBegun(system: Database, now: Date): Promise<string[]> {
  const rows = await systemStatement<{ orgId: string }>(
    system,
    `select distinct org_id as "orgId" from affiliate.deals
     where starts_on < $1::date + interval '1 month'
       and coalesce(computed_through < least($1::date, date_trunc('month', ends_on::timestamp)), true)
     order by org_id`,
    [firstDayOf(monthOfInstant(now))],
  );
  return rows.map(({ orgId }) => orgId);
}
