import { PermanentFailure } from '@tributary/core/errors';
import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { redactDelivery } from '@tributary/privacy/sweep-deliveries';
import type { Accepted, Delivery } from './accept.ts';
import type { Registry } from './registry.ts';

/**
 * Redacts deliveries that tell nothing new of their events: no event leads to their bytes, so nothing else comes by. Asks nothing unless
 * there are some.
 */
export async function redactRepeated(
  { system, worker }: { system: Database; worker: Database },
  registry: Registry,
  deliveries: readonly Delivery[],
  accepted: readonly Accepted[],
): Promise<void> {
  const told = deliveries.flatMap((delivery, index) => {
    const { deliveryId, pending } = accepted[index] ?? { deliveryId: '', pending: [] };
    if (pending.length > 0 || delivery.handshake) return [];
    return accountsIn(registry, delivery).map((accountRef) => ({
      deliveryId,
      provider: delivery.provider,
      accountRef,
    }));
  });
  if (told.length === 0) return;
  const due = await systemStatement<{ orgId: string; deliveryId: string }>(
    system,
    `select distinct r.org_id as "orgId", t.delivery_id as "deliveryId"
     from unnest($1::text[], $2::text[], $3::uuid[]) as t (provider, account_ref, delivery_id)
     join sync.routes r on r.provider = t.provider and r.account_ref = t.account_ref
     where exists (select from privacy.erasures e where e.org_id = r.org_id)`,
    [
      told.map(({ provider }) => provider),
      told.map(({ accountRef }) => accountRef),
      told.map(({ deliveryId }) => deliveryId),
    ],
  );
  for (const { orgId, deliveryId } of due) await redactDelivery({ system, worker, orgId }, deliveryId);
}

function accountsIn(registry: Registry, { provider, body }: Delivery): string[] {
  try {
    return [...new Set(registry[provider]?.explode(body).map(({ accountRef }) => accountRef))];
  } catch (error) {
    if (error instanceof PermanentFailure) return [];
    throw error;
  }
}
