import type { TenantTransaction } from '@tributary/db/transaction';

/** Takes erasures of these customers up again at a delivery. One that is under way comes to it anyway: deliveries are its last step. */
export async function reopen(tx: TenantTransaction, customerIds: readonly string[], deliveryId: string): Promise<void> {
  await tx.query(
    `update privacy.erasures set swept_at = null, found = 0, position = jsonb_build_object('step', 'deliveries', 'from', $3::text)
     where org_id = $1 and customer_id = any ($2) and (swept_at is not null or position ->> 'step' = 'deliveries' and position ->> 'from' > $3::text)`,
    [tx.orgId, customerIds, deliveryId],
  );
}
