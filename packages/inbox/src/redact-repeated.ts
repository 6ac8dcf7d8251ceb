import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';
import { redactDelivery } from '@tributary/privacy/sweep-deliveries';
import type { Accepted } from './accept.ts';

/**
 * Remembers deliveries that told of events which another had told of before, since no event leads to their bytes; and redacts what they
 * say of who was erased already. Asks nothing unless there are some.
 */
export async function redactRepeated(
  { system, worker }: { system: Database; worker: Database },
  accepted: readonly Accepted[],
): Promise<void> {
  const told = accepted.flatMap(({ provider, deliveryId, settled }) =>
    settled.map(({ accountRef, key }) => ({ provider, accountRef, key, deliveryId })),
  );
  if (told.length === 0) return;
  const due = await systemStatement<{ orgId: string; deliveryId: string }>(system, noteRepeats, [
    told.map(({ provider }) => provider),
    told.map(({ accountRef }) => accountRef),
    told.map(({ key }) => key),
    told.map(({ deliveryId }) => deliveryId),
  ]);
  for (const { orgId, deliveryId } of due) await redactDelivery({ system, worker, orgId }, deliveryId);
}

/** A repeat is an event that is kept with another delivery. Of each account it tells of, whoever has it may have erased somebody. */
const noteRepeats = `with told as (
    select t.*, r.org_id from unnest($1::text[], $2::text[], $3::text[], $4::uuid[]) as t (provider, account_ref, key, delivery_id)
    left join sync.routes r on r.provider = t.provider and r.account_ref = t.account_ref
  ), noted as (
    insert into inbox.repeats (provider, account_ref, delivery_id)
    select distinct t.provider, t.account_ref, t.delivery_id from told t
    where not exists (select from inbox.events e
        where e.org_id = t.org_id and e.provider = t.provider and e.key = t.key and e.delivery_id = t.delivery_id)
      and not exists (select from inbox.parked_events p
        where p.provider = t.provider and p.account_ref = t.account_ref and p.key = t.key and p.delivery_id = t.delivery_id)
    order by 1, 2, 3
    on conflict do nothing
  )
  select distinct t.org_id as "orgId", t.delivery_id as "deliveryId" from told t
  where exists (select from privacy.erasures e where e.org_id = t.org_id)`;
