import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { eq } from 'drizzle-orm';
import { organizations } from '../organization/organization.sql.ts';
import { type PlanName, planName } from './plan.ts';

/** The plan of the organization, to go by and not to hold: it may change at once. Null for an organization that is not there. */
export async function readPlan(context: TenantContext): Promise<PlanName | null> {
  const [row] = await readTenant(context, (reader) =>
    reader.select({ plan: organizations.plan }).from(organizations).where(eq(organizations.id, context.orgId)),
  );
  return row ? planName.parse(row.plan) : null;
}
