import type { TenantTransaction } from '@tributary/db/transaction';

/** Adds bytes that a provider sent for the organization to its day, in UTC. */
export async function meterEgress(
  tx: TenantTransaction,
  { provider, bytes, at }: { provider: string; bytes: number; at: Date },
): Promise<void> {
  if (bytes === 0) return;
  await tx.query(
    `insert into sync.egress as e (org_id, provider, day, bytes) values ($1, $2, $3, $4)
     on conflict (org_id, provider, day) do update set bytes = e.bytes + excluded.bytes`,
    [tx.orgId, provider, at.toISOString().slice(0, 10), bytes],
  );
}
