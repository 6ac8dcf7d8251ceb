import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { readTenant } from '@tributary/db/read';
import type { TenantContext } from '@tributary/db/transaction';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { rewardRules } from './rule.sql.ts';
import { type RewardRule, serializeRule } from './rule.ts';

const getRuleInput = z.strictObject({ ruleId: z.string() });

/** @throws AppError `not_found`. */
export const getRule = verb(getRuleInput, async (context: TenantContext, { ruleId }): Promise<RewardRule> => {
  const own = and(eq(rewardRules.orgId, context.orgId), eq(rewardRules.id, readId('rewardRule', ruleId)));
  const [row] = await readTenant(context, (reader) => reader.select().from(rewardRules).where(own));
  if (!row) throw new AppError('not_found', 'No such object.');
  return serializeRule(row);
});
