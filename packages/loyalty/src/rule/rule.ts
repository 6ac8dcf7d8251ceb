import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { rewardRules } from './rule.sql.ts';
import { readRuleConfig, ruleConfig } from './rule-config.ts';

export const rewardRule = z
  .strictObject({
    id: z.string(),
    version: z.int().positive(),
    config: ruleConfig,
    currency: z.string().length(3),
    isActive: z.boolean(),
    effectiveFrom: z.iso.datetime().nullable(),
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'RewardRule' });

export type RewardRule = z.infer<typeof rewardRule>;

export function serializeRule({ orgId: _, ...row }: typeof rewardRules.$inferSelect): RewardRule {
  return {
    ...row,
    config: readRuleConfig(row.config),
    id: showId('rewardRule', row.id),
    effectiveFrom: row.effectiveFrom?.toISOString() ?? null,
    createdAt: row.createdAt.toISOString(),
  };
}
