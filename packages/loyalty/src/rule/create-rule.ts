import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { sql } from 'drizzle-orm';
import * as z from 'zod';
import { rewardRules } from './rule.sql.ts';
import { type RewardRule, serializeRule } from './rule.ts';
import { ruleConfig } from './rule-config.ts';

export const createRuleInput = z.strictObject({
  config: ruleConfig,
  /** ISO 4217; the organization's base currency when left out. */
  currency: z
    .string()
    .regex(/^[A-Z]{3}$/, 'must be an ISO 4217 code')
    .optional(),
});

/** Adds the next version of the organization's reward rule. It changes nothing until it is activated. */
export const createRule = verb(
  createRuleInput,
  async ({ tx, actor, client }: ActingContext, { config, currency }): Promise<RewardRule> => {
    await lockRules(tx);
    const [row] = await tx.drizzle
      .insert(rewardRules)
      .values({
        orgId: tx.orgId,
        version: sql`(select coalesce(max(version), 0) + 1 from loyalty.reward_rules where org_id = ${tx.orgId})`,
        config,
        currency: currency ?? sql`(select base_currency from identity.organizations where id = ${tx.orgId})`,
        isActive: false,
        createdBy: actor,
        createdAt: sql`now()`,
      })
      .returning();
    const rule = row as typeof rewardRules.$inferSelect;
    await recordAudit(tx, {
      actor,
      client,
      action: 'rule.create',
      targetType: 'rewardRule',
      targetId: rule.id,
      after: { version: rule.version, currency: rule.currency, config },
    });
    return serializeRule(rule);
  },
);

/** One change of an organization's rules at a time: versions have no gaps and one rule is active. */
export async function lockRules(tx: TenantTransaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('loyalty.reward_rules:' || $1, 0))`, [tx.orgId]);
}
