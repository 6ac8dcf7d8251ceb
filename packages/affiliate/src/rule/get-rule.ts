import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { automationRules } from './rule.sql.ts';
import { type AutomationRule, serializeRule } from './rule.ts';

const getRuleInput = z.strictObject({ ruleId: z.string() });

/** @throws AppError `not_found`. */
export const getRule = verb(getRuleInput, async (context: TenantContext, { ruleId }): Promise<AutomationRule> => {
  const own = and(eq(automationRules.orgId, context.orgId), eq(automationRules.id, readId('automationRule', ruleId)));
  const [row] = await readTenant(context, (reader) => reader.select().from(automationRules).where(own));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeRule(row);
});
