import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

/** When a key proved deliveries. */
export interface KeyUse {
  provider: string;
  keyId: string;
  firstAt: Date;
  lastAt: Date;
}

/**
 * Every key that ever proved a delivery, with its first and last one. Looks up one row of the index per key and reads no delivery,
 * however many there are.
 */
export function keyUses(system: Database): Promise<KeyUse[]> {
  return systemStatement<KeyUse>(
    system,
    `with recursive used as (
       (select provider, key_id from inbox.deliveries where key_id is not null order by provider, key_id limit 1)
       union all
       select n.provider, n.key_id from used u cross join lateral (
         select d.provider, d.key_id from inbox.deliveries d
         where d.key_id is not null and (d.provider, d.key_id) > (u.provider, u.key_id) order by d.provider, d.key_id limit 1) n
     )
     select u.provider, u.key_id as "keyId",
       (select d.received_at from inbox.deliveries d where d.provider = u.provider and d.key_id = u.key_id
        order by d.received_at limit 1) as "firstAt",
       (select d.received_at from inbox.deliveries d where d.provider = u.provider and d.key_id = u.key_id
        order by d.received_at desc limit 1) as "lastAt"
     from used u order by u.provider, u.key_id`,
    [],
  );
}
