import { parse } from '@tributary/core/verb';
import { withSystem } from '@tributary/db/transaction';
import { changePlan } from '@tributary/identity/plan/change-plan';
import { type PlanName, planName } from '@tributary/identity/plan/plan';
import * as z from 'zod';
import { database } from '../runtime/database.ts';

const planRequest = z.strictObject({
  orgId: z.uuid(),
  plan: planName,
  /** Who decided it, for the audit. */
  actor: z.string().min(1).max(255),
});

/** Puts an organization on a plan. @returns the plan before, and the one it is on. */
export async function handler(request: unknown): Promise<{ before: PlanName; after: PlanName }> {
  const { orgId, plan, actor } = parse(planRequest, request);
  const before = await withSystem(database('system'), (tx) => changePlan({ tx, actor }, { orgId, plan }));
  return { before, after: plan };
}
