import { parse } from '@tributary/core/verb';
import { withTenant } from '@tributary/db/transaction';
import { reconcile as checkBooks } from '@tributary/ledger/reconcile';
import { checkDays } from '@tributary/sync/reconcile/check-days';
import { type Requeued, requeueDrifts } from '@tributary/sync/reconcile/requeue-drifts';
import * as z from 'zod';
import { type ReconcileDependencies, reconcileComposition } from '../runtime/reconcile.ts';

const request = z.strictObject({
  orgId: z.uuid(),
  /** All that are active unless told. */
  connectionId: z.uuid().optional(),
  /** Business days of the organization, both included. */
  from: z.iso.date(),
  to: z.iso.date(),
  /** Brings in what is found to differ. */
  requeue: z.boolean().default(false),
});

/**
 * Compares days of an organization with what its providers list, and its books with themselves; what differs can be brought in at once.
 * @returns the report, ids as UUIDs; which objects differ is in `sync.drifts`.
 */
export function createReconcile(dependencies: () => ReconcileDependencies) {
  return async (given: unknown) => {
    const { orgId, requeue, ...wanted } = parse(request, given);
    const composed = dependencies();
    const days = await checkDays(composed, { orgId, ...wanted });
    const books = await withTenant({ database: composed.worker, orgId }, (tx) => checkBooks(tx, composed.clock()));
    const requeued: Record<string, Requeued> = {};
    for (const day of requeue ? days : []) {
      if (day.status !== 'drifts') continue;
      const { reconciliationId } = day;
      requeued[reconciliationId] = await requeueDrifts(composed, { orgId, reconciliationId });
    }
    return { days, books, requeued };
  };
}

export const handler = createReconcile(reconcileComposition);
