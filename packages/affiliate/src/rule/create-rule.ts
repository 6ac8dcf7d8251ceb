import type { ActingContext } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { TenantTransaction } from '@tributary/db/transaction';
import { automationRules } from './rule.sql.ts';
import { type AutomationRule, ruleParticulars, serializeRule } from './rule.ts';
import { assertFits } from './rule-terms.ts';
import { type StoredScope, storeScope } from './stored-scope.ts';

/** All of them are evaluated together. */
const mostRules = 100;

/** Who acts on rules and alerts, and when. */
export interface AlertingContext extends ActingContext {
  now: Date;
}

export const createRuleInput = ruleParticulars;

/** Adds a rule, which counts at once. @throws AppError `not_found` for a connection that is none, `limit_reached`, `validation_failed` */
export const createRule = verb(
  createRuleInput,
  async (
    { tx, actor, client, now }: AlertingContext,
    { name, scope, terms, coolDownHours },
  ): Promise<AutomationRule> => {
    assertFits(scope, terms);
    const stored = storeScope(scope);
    await assertKnown(tx, stored);
    await makeRoom(tx);
    const [row] = await tx.drizzle
      .insert(automationRules)
      .values({
        ...{ orgId: tx.orgId, name, terms, coolDownHours, kind: terms.kind, ...stored },
        ...{ status: 'active', watchingSince: now, createdBy: actor, createdAt: now },
      })
      .returning();
    const rule = row as typeof automationRules.$inferSelect;
    await recordAudit(tx, {
      actor,
      client,
      action: 'automation_rule.create',
      targetType: 'automationRule',
      targetId: rule.id,
      after: { name, scope, terms, coolDownHours },
    });
    return serializeRule(rule);
  },
);

/** @throws AppError `not_found` when it is of a connection that is no account at a network */
export async function assertKnown(tx: TenantTransaction, { dimension, scopeValue }: StoredScope): Promise<void> {
  if (dimension !== 'connection' || scopeValue === null) return;
  const [known] = await tx.query('select 1 from affiliate.accounts where org_id = $1 and connection_id = $2', [
    tx.orgId,
    scopeValue,
  ]);
  if (!known) throw new AppError('not_found', 'No such object.');
}

/** One at a time, so that two do not both take the last place. @throws AppError `limit_reached` */
export async function makeRoom(tx: TenantTransaction): Promise<void> {
  await tx.query(`select pg_advisory_xact_lock(hashtextextended('affiliate.automation_rules:' || $1, 0))`, [tx.orgId]);
  const [inUse] = await tx.query<{ count: number }>(
    `select count(*) as count from affiliate.automation_rules where org_id = $1 and status <> 'archived'`,
    [tx.orgId],
  );
  if ((inUse?.count ?? 0) >= mostRules)
    throw new AppError('limit_reached', 'The organization has as many rules as it may have. Archive one.');
}
