import type { Json } from '@tributary/core/canonical-json';
import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

interface WaitingConnection {
  orgId: string;
  connectionId: string;
  provider: string;
  accountRef: string;
}

/** A connection with more of them than this has another problem. */
const mostEvents = 10_000;

/**
 * Which events of a connection, pending, quarantined or parked, name these objects of its provider: by id of the object the id of the one
 * that came last. As the system login.
 */
export async function waitingFor(
  system: Database,
  { orgId, connectionId, provider, accountRef }: WaitingConnection,
  externalIds: readonly string[],
): Promise<Map<string, string>> {
  const events = await systemStatement<{ id: string; payload: Json }>(
    system,
    `select id, payload from (
       (select id, payload from inbox.events where org_id = $1 and connection_id = $2 and status in ('pending', 'quarantined')
         order by id desc limit $5)
       union all
       (select id, payload from inbox.parked_events where provider = $3 and account_ref = $4 order by id desc limit $5)
     ) waiting order by id desc`,
    [orgId, connectionId, provider, accountRef, mostEvents],
  );
  const wanted = new Set(externalIds);
  const found = new Map<string, string>();
  for (const { id, payload } of events) {
    for (const name of namesIn(payload)) if (wanted.has(name) && !found.has(name)) found.set(name, id);
  }
  return found;
}

/** Every text in it; of `P:ABC`, as Clover names a payment, `ABC`. */
function namesIn(payload: Json): string[] {
  if (typeof payload === 'string') return [payload, payload.replace(/^[A-Z]+:/, '')];
  if (typeof payload !== 'object' || payload === null) return [];
  return Object.values(payload).flatMap((member) => namesIn(member ?? null));
}
