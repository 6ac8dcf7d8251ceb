import type { ActingContext } from '@tributary/audit/acting';
import { type AuditState, recordAudit } from '@tributary/audit/record';
import { canonicalJson, type Json } from '@tributary/core/canonical-json';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import { eq, sql } from 'drizzle-orm';
import type * as z from 'zod';
import { plans } from '../plan/plan.ts';
import { organizations } from './organization.sql.ts';
import { type Organization, type Settings, serializeOrganization, settings } from './organization.ts';

/** What is left out stays as it is; `null` takes what is there away. */
export const organizationChanges = settings
  .partial()
  .refine((changes) => Object.keys(changes).length > 0, 'changes nothing')
  .meta({ id: 'OrganizationChanges' });

/**
 * Changes settings of the organization. Nothing that is stored is computed anew: amounts keep the currency they are in, and days that
 * were told are those of the zone they were told in. What is set as it is already changes nothing.
 * @throws AppError `plan_limit_reached` for a white label that the plan does not have; `not_found`
 */
export const updateOrganization = verb(
  organizationChanges,
  async ({ tx, actor, client }: ActingContext, wanted): Promise<Organization> => {
    const own = eq(organizations.id, tx.orgId);
    const [row] = await tx.drizzle.select().from(organizations).where(own).for('no key update');
    if (!row) throw new AppError('not_found', 'No such object.');
    const former = serializeOrganization(row);
    const changed = changesIn(former, wanted);
    if (Object.keys(changed).length === 0) return former;
    if (changed.whiteLabel && !plans[former.plan].whiteLabel)
      throw new AppError('plan_limit_reached', 'The plan of the organization has no white label.');
    const [updated] = await tx.drizzle
      .update(organizations)
      .set({ ...changed, updatedAt: sql`now()` })
      .where(own)
      .returning();
    const target = { targetType: 'organization', targetId: tx.orgId } as const;
    const before = Object.fromEntries(Object.keys(changed).map((name) => [name, former[name as keyof Settings]]));
    const states = { before: before as AuditState, after: changed as AuditState };
    await recordAudit(tx, { actor, client, action: 'organization.update', ...target, ...states });
    return serializeOrganization(updated as typeof organizations.$inferSelect);
  },
);

/** What is told and not so already. */
function changesIn(former: Organization, wanted: z.output<typeof organizationChanges>): Partial<Settings> {
  const isNew = ([name, value]: [string, unknown]) =>
    value !== undefined && canonicalJson(value as Json) !== canonicalJson(former[name as keyof Settings] as Json);
  return Object.fromEntries(Object.entries(wanted).filter(isNew));
}
