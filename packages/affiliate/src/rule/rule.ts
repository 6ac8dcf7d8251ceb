import { showId } from '@tributary/core/ids';
import * as z from 'zod';
import type { AutomationRuleRow } from './rule.sql.ts';
import { ruleScope, ruleTerms } from './rule-terms.ts';
import { showScope } from './stored-scope.ts';

export const ruleStatus = z.enum(['active', 'paused', 'archived']);

/** What is said of a rule. */
export const ruleParticulars = z.strictObject({
  name: z.string().trim().min(1).max(100),
  scope: ruleScope,
  terms: ruleTerms,
  coolDownHours: z
    .int()
    .min(0)
    .max(720)
    .describe('After an alert the rule is silent about the same brand, connection or campaign for so long.'),
});

export const automationRule = ruleParticulars
  .extend({
    id: z.string(),
    status: ruleStatus,
    createdBy: z.string(),
    createdAt: z.iso.datetime(),
  })
  .meta({ id: 'AutomationRule', description: 'What somebody wants to be told of.' });

export type AutomationRule = z.infer<typeof automationRule>;

export function serializeRule(row: AutomationRuleRow): AutomationRule {
  const { name, status, terms, coolDownHours, createdBy } = row;
  return {
    id: showId('automationRule', row.id),
    ...{ name, status, terms, coolDownHours, createdBy },
    scope: showScope(row),
    createdAt: row.createdAt.toISOString(),
  };
}
