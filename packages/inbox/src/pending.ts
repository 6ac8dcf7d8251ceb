import type { Database } from '@tributary/db/connection';
import { systemStatement, withSystem } from '@tributary/db/transaction';
import type { PendingEvent } from './registry.ts';

const columns = `e.org_id as "orgId", e.id, e.provider, e.type, e.payload, e.occurred_at as "occurredAt", c.account_ref as "accountRef",
  e.connection_id as "connectionId"`;

/** Of these events, the ones that still wait to be applied. */
export function pendingEvents(system: Database, orgId: string, eventIds: readonly string[]): Promise<PendingEvent[]> {
  return systemStatement<PendingEvent>(
    system,
    `select ${columns} from inbox.events e join sync.connections c on c.org_id = e.org_id and c.id = e.connection_id
     where e.org_id = $1 and e.id = any ($2) and e.status = 'pending'`,
    [orgId, eventIds],
  );
}

export interface EventsOfOrganization {
  orgId: string;
  eventIds: string[];
}

/**
 * Finds work nobody is doing: parked events whose account has connected since, events that could not ask their provider and now can,
 * and events that have waited for longer than the queue goes on trying. After two days they are left to a person. None of a suspended
 * organization: what its events told is listed by the provider, and pulled when it is back.
 * @returns ids grouped by organization, at most `atMost` of each kind.
 */
export async function resumableEvents(system: Database, atMost = 500): Promise<EventsOfOrganization[]> {
  const rows = await withSystem(system, async (tx) => {
    const released = await tx.query<EventKey>('select org_id, event_id from inbox.release_parked($1)', [atMost]);
    const reconnected = await tx.query<EventKey>(reconnectedStatement, [atMost]);
    const waiting = await tx.query<EventKey>(
      `select e.org_id, e.id as event_id from inbox.events e
       join identity.organizations o on o.id = e.org_id and o.status = 'active'
       where e.status = 'pending' and e.pending_since between now() - interval '2 days' and now() - interval '1 hour'
       order by e.pending_since limit $1`,
      [atMost],
    );
    return [...released, ...reconnected, ...waiting];
  });
  const grouped = Map.groupBy(rows, ({ org_id }) => org_id);
  return [...grouped].map(([orgId, events]) => ({ orgId, eventIds: events.map(({ event_id }) => event_id) }));
}

interface EventKey {
  org_id: string;
  event_id: string;
}

/** Quarantined because nothing let us in, which has changed since: they are pending again, oldest first. */
const reconnectedStatement = `update inbox.events e set status = 'pending', reason = null, processed_at = null, pending_since = now()
  from (
    select w.org_id, w.id from inbox.events w
    join sync.connections c on c.org_id = w.org_id and c.id = w.connection_id and c.status = 'active'
    join sync.credentials k on k.org_id = c.org_id and k.id = c.credential_id and k.status = 'active'
    join identity.organizations o on o.id = w.org_id and o.status = 'active'
    where w.status = 'quarantined' and w.reason in ('needs_reconnect', 'not_connected')
    order by w.id limit $1 for update of w skip locked
  ) due
  where e.org_id = due.org_id and e.id = due.id
  returning e.org_id, e.id as event_id`;
