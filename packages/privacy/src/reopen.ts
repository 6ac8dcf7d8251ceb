import type { TenantTransaction } from '@tributary/db/transaction';

/**
 * Takes erasures of these customers up again at a delivery. One that has not come to deliveries comes to it anyway: they are its last step.
 * Who goes through a page at this moment may have read it before the delivery was there: `reopened` tells them that they are no longer
 * where they were.
 */
export async function reopen(tx: TenantTransaction, customerIds: readonly string[], deliveryId: string): Promise<void> {
  await tx.query(
    `update privacy.erasures e set swept_at = null, position = jsonb_build_object('step', 'deliveries', 'reopened', pg_current_xact_id()::text,
       'from', case when e.swept_at is not null then $3::text when e.position ->> 'from' is not null then least(e.position ->> 'from', $3::text) end)
     where e.org_id = $1 and e.customer_id = any ($2) and (e.swept_at is not null or e.position ->> 'step' = 'deliveries')`,
    [tx.orgId, customerIds, deliveryId],
  );
}
