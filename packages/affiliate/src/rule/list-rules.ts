import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { automationRules } from './rule.sql.ts';
import { ruleStatus, serializeRule } from './rule.ts';

export const ruleFilters = z.strictObject({ status: ruleStatus.optional() });

/** Behind the rule with this id (a UUID). */
export const rulePosition = z.uuid();

const listRulesInput = ruleFilters.extend({ limit: z.int().positive(), after: rulePosition.optional() });

/** Rules, the newest first: at most `limit`, each with the position a next page continues from. */
export const listRules = verb(listRulesInput, async (context: TenantContext, { status, limit, after }) => {
  const wanted = and(
    eq(automationRules.orgId, context.orgId),
    status === undefined ? undefined : eq(automationRules.status, status),
    after === undefined ? undefined : lt(automationRules.id, after),
  );
  const rows = await readTenant(context, (reader) =>
    reader.select().from(automationRules).where(wanted).orderBy(desc(automationRules.id)).limit(limit),
  );
  return rows.map((row) => ({ item: serializeRule(row), position: row.id }));
});
