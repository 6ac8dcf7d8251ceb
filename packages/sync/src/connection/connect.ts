import { AppError } from '@tributary/core/errors';
import { providerNames } from '@tributary/core/facts';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import { type AboutOrganization, assertWithinPlan, lockPlan } from '@tributary/identity/plan/assert-within-plan';
import * as z from 'zod';

export const providerName = z.enum(providerNames);

/** Whom a connection is to: a provider that is authorised at, or an affiliate network by its slug. */
export const connectedName = z.string().regex(/^[a-z][a-z0-9-]{1,40}$/);

const accountRef = z.string().min(1).max(200);

/** As the provider has it, in a form that can be stored; null when it says none. */
const accountName = z
  .string()
  .nullable()
  .default(null)
  .transform((name) => [...(name ?? '').replace(/\p{Cc}/gu, ' ').trim()].slice(0, 200).join('') || null);

const connectInput = z.strictObject({ orgId: z.uuid(), provider: connectedName, accountRef, name: accountName });

export interface Connected {
  connectionId: string;
}

/**
 * Links an account at a provider to an organization, as the system login: from now on its events are routed there. Connecting
 * again what was disconnected keeps the connection and its history; a run from before has lost its lease. One that was paused stays so.
 * @throws AppError `account_already_connected` when another organization holds the account, `plan_limit_reached`, `not_found` for an
 * unknown organization.
 */
export const connect = verb(
  connectInput,
  async (tx: Transaction, { orgId, provider, accountRef, name }): Promise<Connected> => {
    const ofOrganization = { query: tx.query, orgId };
    // First of all locks, so that two who connect the same do not wait for each other.
    await lockPlan(ofOrganization);
    const [connection] = await tx.query<{ id: string; added: boolean }>(
      `insert into sync.connections as c (org_id, provider, account_ref, name) values ($1, $2, $3, $4)
     on conflict (org_id, provider, account_ref) do update set
       status = case when c.paused_at is null or c.status = 'disconnected' then 'active' else 'paused' end, disconnected_at = null,
       paused_at = case c.status when 'disconnected' then null else c.paused_at end,
       connected_at = case c.status when 'disconnected' then now() else c.connected_at end,
       run_lease = case c.status when 'disconnected' then null else c.run_lease end,
       run_leased_until = case c.status when 'disconnected' then null else c.run_leased_until end,
       priority = case c.status when 'disconnected' then 1 else c.priority end,
       name = coalesce(excluded.name, c.name)
     returning new.id, coalesce(old.status, 'disconnected') = 'disconnected' as added`,
      [orgId, provider, accountRef, name],
    );
    const { id: connectionId, added } = connection as { id: string; added: boolean };
    const routed = await tx.query(
      `insert into sync.routes as r (provider, account_ref, org_id, connection_id) values ($1, $2, $3, $4)
     on conflict (provider, account_ref) do update set org_id = excluded.org_id, connection_id = excluded.connection_id, active = true
     where not r.active or r.org_id = excluded.org_id
     returning r.connection_id`,
      [provider, accountRef, orgId, connectionId],
    );
    if (routed.length === 0)
      throw new AppError('account_already_connected', 'Another organization holds this account.');
    if (added) await assertWithinPlan(ofOrganization, 'connections', () => countConnections(ofOrganization));
    return { connectionId };
  },
);

async function countConnections({ query, orgId }: AboutOrganization): Promise<number> {
  const sql = `select count(*) as count from sync.connections where org_id = $1 and status <> 'disconnected'`;
  const [row] = await query<{ count: number }>(sql, [orgId]);
  return (row as { count: number }).count;
}

const disconnectInput = z.strictObject({ orgId: z.uuid(), connectionId: z.uuid(), at: z.date() });

/**
 * Ends a connection, as the system or as its organization: stops its route and its runs, whose pages are not committed any more, and keeps
 * its history. Its tokens are ended at the provider and erased by the next schedule (`findDue`). Ending it twice changes nothing, nor does
 * an end from before it was connected, or authorised anew: word of a revocation may come long after.
 */
export const disconnect = verb(disconnectInput, async (tx: Transaction, { orgId, connectionId, at }) => {
  await tx.query(
    `with ended as (
       update sync.connections c set status = 'disconnected', disconnected_at = $3, next_run_at = null
       where c.org_id = $1 and c.id = $2 and c.status <> 'disconnected' and c.connected_at <= $3
         and not exists (select from sync.credentials k where k.org_id = $1 and k.id = c.credential_id and k.created_at > $3)
       returning c.id
     )
     update sync.routes set active = false where org_id = $1 and connection_id in (select id from ended)`,
    [orgId, connectionId, at],
  );
});
