import { AppError } from '@tributary/core/errors';
import { verb } from '@tributary/core/verb';
import type { Transaction } from '@tributary/db/transaction';
import * as z from 'zod';

export const providerName = z.enum(['square', 'clover', 'xero']);

const accountRef = z.string().min(1).max(200);

const connectInput = z.strictObject({ orgId: z.uuid(), provider: providerName, accountRef });

export interface Connected {
  connectionId: string;
}

/**
 * Links an account at a provider to an organization, as the system login: from now on its events are routed there. Connecting
 * again what was disconnected keeps the connection and its history.
 * @throws AppError `account_already_connected` when another organization holds the account, `not_found` for an unknown organization.
 */
export const connect = verb(
  connectInput,
  async (tx: Transaction, { orgId, provider, accountRef }): Promise<Connected> => {
    const organization = await tx.query('select id from identity.organizations where id = $1', [orgId]);
    if (organization.length === 0) throw new AppError('not_found', 'No such organization.');
    const [connection] = await tx.query<{ id: string }>(
      `insert into sync.connections as c (org_id, provider, account_ref) values ($1, $2, $3)
     on conflict (org_id, provider, account_ref) do update set status = 'active', disconnected_at = null,
       connected_at = case c.status when 'disconnected' then now() else c.connected_at end
     returning id`,
      [orgId, provider, accountRef],
    );
    const connectionId = (connection as { id: string }).id;
    const routed = await tx.query(
      `insert into sync.routes as r (provider, account_ref, org_id, connection_id) values ($1, $2, $3, $4)
     on conflict (provider, account_ref) do update set org_id = excluded.org_id, connection_id = excluded.connection_id, active = true
     where not r.active or r.org_id = excluded.org_id
     returning r.connection_id`,
      [provider, accountRef, orgId, connectionId],
    );
    if (routed.length === 0)
      throw new AppError('account_already_connected', 'Another organization holds this account.');
    return { connectionId };
  },
);

const sealInput = z.strictObject({
  orgId: z.uuid(),
  connectionId: z.uuid(),
  /** As `packages/credentials` sealed it to this connection. */
  sealedAccessToken: z.looseObject({}),
});

/** Stores the access token of a connection, already sealed to it. */
export const storeAccessToken = verb(sealInput, async (tx: Transaction, { orgId, connectionId, sealedAccessToken }) => {
  await tx.query('update sync.connections set sealed_access_token = $3 where org_id = $1 and id = $2', [
    orgId,
    connectionId,
    JSON.stringify(sealedAccessToken),
  ]);
});

const disconnectInput = z.strictObject({ orgId: z.uuid(), connectionId: z.uuid(), at: z.date() });

/** Ends a connection, as the system or as its organization: erases its token, stops its route, keeps its history. Ending it twice changes nothing. */
export const disconnect = verb(disconnectInput, async (tx: Transaction, { orgId, connectionId, at }) => {
  await tx.query(
    `with ended as (
       update sync.connections set status = 'disconnected', disconnected_at = $3, sealed_access_token = null
       where org_id = $1 and id = $2 and status <> 'disconnected' and connected_at <= $3
       returning id
     )
     update sync.routes set active = false where org_id = $1 and connection_id in (select id from ended)`,
    [orgId, connectionId, at],
  );
});
