import { AppError } from '@tributary/core/errors';
import type { TenantTransaction } from '@tributary/db/transaction';
import { type Counted, type PlanName, plans } from './plan.ts';

/** A transaction and the organization it is about. */
export type AboutOrganization = Pick<TenantTransaction, 'query' | 'orgId'>;

/**
 * Refuses what would be more than the plan has room for. Call it in the transaction that adds, behind what it added: while it runs, and
 * until the end of the transaction, nobody else adds to the organization, so two at once do not both get the last place. An organization
 * that has too much already, after a change of plan, keeps it and gets no more.
 * @param inUse counts what there is, what was just added included
 * @throws AppError `plan_limit_reached`; `not_found` for an unknown organization
 */
export async function assertWithinPlan(
  tx: AboutOrganization,
  counted: Counted,
  inUse: () => Promise<number>,
): Promise<void> {
  const most = plans[await lockPlan(tx)][counted];
  // A statement after the lock's: it must see what was committed before the lock was free.
  if (most === null || (await inUse()) <= most) return;
  throw new AppError('plan_limit_reached', `The plan of the organization has room for ${most}.`);
}

/**
 * The plan of the organization. Nobody else adds to the organization, nor changes its plan, until the end of the transaction.
 * @throws AppError `not_found`
 */
export async function lockPlan({ query, orgId }: AboutOrganization): Promise<PlanName> {
  const [row] = await query<{ plan: PlanName }>(
    'select plan from identity.organizations where id = $1 for no key update',
    [orgId],
  );
  if (!row) throw new AppError('not_found', 'No such organization.');
  return row.plan;
}
