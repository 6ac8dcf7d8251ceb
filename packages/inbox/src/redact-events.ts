import type { Json } from '@tributary/core/canonical-json';
import type { TenantTransaction } from '@tributary/db/transaction';
import { redactDocuments } from '@tributary/privacy/redact-documents';
import { reopen } from '@tributary/privacy/reopen';

interface StoredEvent {
  id: string;
  deliveryId: string;
  provider: string;
  payload: Json;
}

/**
 * Takes from events what they say of erased subjects. The bytes of their deliveries are out of a tenant's reach: an erasure of the
 * organization is taken up again where they stand. @returns how many were changed
 */
export async function redactEvents(tx: TenantTransaction, events: readonly StoredEvent[]): Promise<number> {
  const documents = events.map(({ provider, payload }) => ({ provider, json: payload }));
  const redacted = await redactDocuments(tx, documents);
  const changed = events.flatMap(({ id, deliveryId, payload }, index) => {
    const kept = redacted.documents[index] as Json;
    return kept === payload ? [] : [{ id, deliveryId, payload: kept }];
  });
  if (changed.length === 0) return 0;
  await tx.query(
    `update inbox.events e set payload = r.payload from unnest($2::uuid[], $3::jsonb[]) as r (id, payload)
     where e.org_id = $1 and e.id = r.id`,
    [tx.orgId, changed.map(({ id }) => id), changed.map(({ payload }) => JSON.stringify(payload))],
  );
  const customers = [...redacted.erased.values()].map(({ customerId }) => customerId);
  await reopen(tx, customers, changed.map(({ deliveryId }) => deliveryId).sort()[0] as string);
  return changed.length;
}
