import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { instant } from '@tributary/core/instant';
import { verb } from '@tributary/core/verb';
import { and, eq, sql } from 'drizzle-orm';
import * as z from 'zod';
import { lockRules } from './create-rule.ts';
import { rewardRules } from './rule.sql.ts';
import { type RewardRule, serializeRule } from './rule.ts';

export const activateRuleInput = z.strictObject({
  ruleId: z.string(),
  /** From when sales fall under it; now when left out. A sale takes the rule in force at its own time, whenever it becomes known. */
  effectiveFrom: instant.optional(),
});

/**
 * Puts a rule into force. The one before stays in force for the sales before `effectiveFrom`.
 * @throws AppError `not_found`; `conflict` when the rule was activated before: a version has one time of its own, so going back
 * to an old rule means a new version with its config.
 */
export const activateRule = verb(
  activateRuleInput,
  async ({ tx, actor, client }: ActingContext, { ruleId, effectiveFrom }): Promise<RewardRule> => {
    const own = and(eq(rewardRules.orgId, tx.orgId), eq(rewardRules.id, readId('rewardRule', ruleId)));
    await lockRules(tx);
    const [rule] = await tx.drizzle.select().from(rewardRules).where(own);
    if (!rule) throw new AppError('not_found', 'No such object.');
    if (rule.effectiveFrom) throw new AppError('conflict', 'This version was activated before; create a new one.');
    const [former] = await tx.query<{ version: number }>(
      'update loyalty.reward_rules set is_active = false where org_id = $1 and is_active returning version',
      [tx.orgId],
    );
    const [row] = await tx.drizzle
      .update(rewardRules)
      .set({ isActive: true, effectiveFrom: effectiveFrom ? new Date(effectiveFrom) : sql`now()` })
      .where(own)
      .returning();
    const active = serializeRule(row as typeof rewardRules.$inferSelect);
    await recordAudit(tx, {
      actor,
      client,
      action: 'rule.activate',
      targetType: 'rewardRule',
      targetId: rule.id,
      before: { activeVersion: former?.version ?? null },
      after: { activeVersion: active.version, effectiveFrom: active.effectiveFrom },
    });
    return active;
  },
);
