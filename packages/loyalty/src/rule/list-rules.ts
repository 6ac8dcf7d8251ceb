import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, desc, eq, lt } from 'drizzle-orm';
import * as z from 'zod';
import { rewardRules } from './rule.sql.ts';
import { serializeRule } from './rule.ts';

/** Behind the rule of this version. */
export const rulePosition = z.int().positive();

const listRulesInput = z.strictObject({ limit: z.int().positive(), after: rulePosition.optional() });

/** Versions of the organization's rule, the newest first: at most `limit`, each with the position a next page continues from. */
export const listRules = verb(listRulesInput, async (context: TenantContext, { limit, after }) => {
  const rows = await readTenant(context, (reader) =>
    reader
      .select()
      .from(rewardRules)
      .where(
        and(eq(rewardRules.orgId, context.orgId), after === undefined ? undefined : lt(rewardRules.version, after)),
      )
      .orderBy(desc(rewardRules.version))
      .limit(limit),
  );
  return rows.map((row) => ({ item: serializeRule(row), position: row.version }));
});
