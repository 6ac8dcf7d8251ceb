import type { Database } from '@tributary/db/connection';
import { systemStatement } from '@tributary/db/transaction';

export interface Attention {
  /** A provider's check that we own the URL; its dashboard asks for the code. */
  handshakes: { provider: string; receivedAt: string; verificationCode: string }[];
  /** Deliveries that were proven and could not be understood. Their bytes are kept. */
  quarantined: { deliveryId: string; provider: string; receivedAt: string; reason: string }[];
  /** Events of accounts that no organization has connected. */
  parked: { provider: string; accountRef: string; reason: string; events: number }[];
}

const newest = 100;

/** What waits for a person, the newest first, at most a hundred of each kind. */
export async function attention(system: Database): Promise<Attention> {
  const [row] = await systemStatement<Attention>(
    system,
    `select
       (select coalesce(jsonb_agg(h), '[]') from (
          select provider, received_at as "receivedAt", convert_from(body, 'UTF8')::jsonb ->> 'verificationCode' as "verificationCode"
          from inbox.deliveries where status = 'handshake' order by id desc limit $1) h) as handshakes,
       (select coalesce(jsonb_agg(q), '[]') from (
          select id as "deliveryId", provider, received_at as "receivedAt", reason
          from inbox.deliveries where status = 'quarantined' order by id desc limit $1) q) as quarantined,
       (select coalesce(jsonb_agg(p), '[]') from (
          select provider, account_ref as "accountRef", reason, count(*) as events
          from inbox.parked_events group by provider, account_ref, reason order by max(created_at) desc limit $1) p) as parked`,
    [newest],
  );
  return row as Attention;
}
