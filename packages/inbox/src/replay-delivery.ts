import { AppError, PermanentFailure } from '@tributary/core/errors';
import type { ProviderEvent } from '@tributary/core/provider-event';
import type { Database } from '@tributary/db/connection';
import { systemStatement, withSystem } from '@tributary/db/transaction';
import { toRecord } from './accept.ts';
import { isRefusal } from './refusal.ts';
import type { Registry } from './registry.ts';

/** `parked`: it could be read, and its events wait for whoever has their accounts (`resumableEvents` hands them on). */
export type Replayed = { outcome: 'parked'; events: number } | { outcome: 'quarantined'; reason: string };

/**
 * Takes a quarantined delivery apart again, from the bytes that were kept: what could not be read may be readable since. Events that
 * came by another delivery meanwhile stay as they are.
 * @throws AppError `not_found`, `conflict` for a delivery that is not quarantined
 */
export async function replayDelivery(
  system: Database,
  registry: Readonly<Record<string, Pick<Registry[string], 'explode'>>>,
  deliveryId: string,
): Promise<Replayed> {
  const [delivery] = await systemStatement<{ provider: string; status: string; body: Buffer }>(
    system,
    'select provider, status, body from inbox.deliveries where id = $1',
    [deliveryId],
  );
  if (!delivery) throw new AppError('not_found', 'No such delivery.');
  if (delivery.status !== 'quarantined') throw new AppError('conflict', 'The delivery is not quarantined.');
  try {
    const adapter = registry[delivery.provider];
    if (!adapter) throw new PermanentFailure('unknown_provider', 'no adapter for this provider');
    const events = adapter.explode(delivery.body);
    await park(system, deliveryId, events);
    return { outcome: 'parked', events: events.length };
  } catch (error) {
    const reason = isRefusal(error) ? 'refused_by_database' : error instanceof PermanentFailure ? error.reason : null;
    if (reason === null) throw error;
    return { outcome: 'quarantined', reason };
  }
}

/** All of it or nothing, once: the delivery counts as routed, and its events as those of accounts that are still to be found. */
function park(system: Database, deliveryId: string, events: readonly ProviderEvent[]): Promise<void> {
  return withSystem(system, async (tx) => {
    const routed = await tx.query(
      `update inbox.deliveries set status = 'routed', reason = null where id = $1 and status = 'quarantined' returning id`,
      [deliveryId],
    );
    if (routed.length === 0) throw new AppError('conflict', 'The delivery is not quarantined.');
    await tx.query(
      `with told as (
         select d.id as delivery_id, d.provider, e.*, d.received_at from inbox.deliveries d
         cross join jsonb_to_recordset($2) as e (account_ref text, key text, type text, occurred_at timestamptz, payload jsonb)
         where d.id = $1
       ), parked as (
         insert into inbox.parked_events (delivery_id, provider, account_ref, key, type, occurred_at, received_at, payload, reason)
         select t.delivery_id, t.provider, t.account_ref, t.key, t.type, t.occurred_at, t.received_at, t.payload,
           case when r.provider is null then 'unknown_account' else 'disconnected' end
         from told t left join sync.routes r on r.provider = t.provider and r.account_ref = t.account_ref
         order by t.account_ref, t.key
         on conflict (provider, account_ref, key) do nothing returning provider, account_ref, key
       )
       insert into inbox.repeats (provider, account_ref, delivery_id)
       select distinct t.provider, t.account_ref, t.delivery_id from told t
       where not exists (
         select from parked p where p.provider = t.provider and p.account_ref = t.account_ref and p.key = t.key)
       on conflict do nothing`,
      [deliveryId, JSON.stringify(events.map(toRecord))],
    );
  });
}
