import { isDeepStrictEqual } from 'node:util';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { readId } from '@tributary/core/ids';
import { verb } from '@tributary/core/verb';
import { and, eq } from 'drizzle-orm';
import * as z from 'zod';
import { type AlertingContext, assertKnown, makeRoom } from './create-rule.ts';
import { type AutomationRuleRow, automationRules } from './rule.sql.ts';
import { type AutomationRule, ruleParticulars, ruleStatus, serializeRule } from './rule.ts';
import { assertFits } from './rule-terms.ts';
import { storeScope } from './stored-scope.ts';

export const updateRuleInput = ruleParticulars.partial().extend({
  ruleId: z.string().max(64),
  status: ruleStatus
    .optional()
    .describe('Paused and archived rules raise nothing; archived ones leave room for others.'),
});

/**
 * Changes what is given. Where it looks elsewhere or for something else, or begins again, what networks changed until now is none of its
 * business from now on; alerts that were raised stay.
 * @throws AppError `not_found`, `limit_reached`, `validation_failed`
 */
export const updateRule = verb(
  updateRuleInput,
  async ({ tx, actor, client, now }: AlertingContext, { ruleId, ...given }): Promise<AutomationRule> => {
    const own = and(eq(automationRules.orgId, tx.orgId), eq(automationRules.id, readId('automationRule', ruleId)));
    const [row] = await tx.drizzle.select().from(automationRules).where(own).for('update');
    if (!row) throw new AppError('not_found', 'No such object.');
    const before = serializeRule(row);
    const after = { ...before, ...definedOf(given) };
    assertFits(after.scope, after.terms);
    const stored = storeScope(after.scope);
    await assertKnown(tx, stored);
    if (before.status === 'archived' && after.status !== 'archived') await makeRoom(tx);
    const { name, status, terms, coolDownHours } = after;
    const watchingSince = isDeepStrictEqual(watchedOf(before), watchedOf(after)) ? row.watchingSince : now;
    const [changed] = await tx.drizzle
      .update(automationRules)
      .set({ name, status, terms, coolDownHours, kind: terms.kind, ...stored, watchingSince })
      .where(own)
      .returning();
    await recordAudit(tx, {
      actor,
      client,
      action: 'automation_rule.update',
      targetType: 'automationRule',
      targetId: row.id,
      before: stateOf(before),
      after: stateOf(after),
    });
    return serializeRule(changed as AutomationRuleRow);
  },
);

function definedOf<Given extends object>(given: Given) {
  return Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined)) as {
    [Name in keyof Given]?: Exclude<Given[Name], undefined>;
  };
}

const watchedOf = ({ scope, terms, status }: AutomationRule) => ({ scope, terms, status });

const stateOf = ({ name, scope, terms, coolDownHours, status }: AutomationRule) => ({
  ...{ name, scope, terms, coolDownHours, status },
});
