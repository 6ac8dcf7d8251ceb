import type { Acting } from '@tributary/audit/acting';
import { recordAudit } from '@tributary/audit/record';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import * as z from 'zod';
import { lockPlan } from './assert-within-plan.ts';
import { type PlanName, planName } from './plan.ts';

const changePlanInput = z.strictObject({ orgId: z.uuid(), plan: planName });

interface ChangingContext extends Acting {
  /** Of the system login. */
  tx: Transaction;
}

/**
 * Puts an organization on a plan. What it has beyond it stays, and nothing is added to it. The plan it has changes nothing.
 * @returns the plan before. @throws AppError `not_found`
 */
export const changePlan = verb(
  changePlanInput,
  async ({ tx, actor, client }: ChangingContext, { orgId, plan }): Promise<PlanName> => {
    const ofOrganization = { query: tx.query, orgId };
    const former = await lockPlan(ofOrganization);
    if (former === plan) return former;
    await tx.query('update identity.organizations set plan = $2, updated_at = now() where id = $1', [orgId, plan]);
    await recordAudit(ofOrganization, {
      actor,
      client,
      action: 'organization.plan',
      targetType: 'organization',
      targetId: orgId,
      before: { plan: former },
      after: { plan },
    });
    return former;
  },
);
