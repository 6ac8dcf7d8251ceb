import { recordAudit } from '@tributary/audit/record';
import type { AppError } from '@tributary/core/errors';
import type { AuthorizedAccount } from '@tributary/core/token-set';
import { systemStatement, type TenantTransaction, withSystem } from '@tributary/db/transaction';
import { attachCredential } from '../credential/attach-credential.ts';
import { isUnavailable } from '../credential/failure.ts';
import type { CredentialKey } from '../credential/stored-credential.ts';
import type { ConnectContext, ConnectMessage } from './authorization.ts';
import { connect } from './connect.ts';

/** What stands beside a connection in the domain it feeds, written in the transaction that connects. */
export type AlsoConnect = (tx: Pick<TenantTransaction, 'orgId' | 'query'>, connectionId: string) => Promise<void>;

export type Connecting = Pick<ConnectContext, 'system' | 'subject' | 'client' | 'clock' | 'enqueue' | 'report'>;

/**
 * Connects accounts by a credential that is stored, all or none, records who did it, and queues what is to be pulled from them first.
 * Reconnecting an account keeps its connection.
 * @throws AppError `account_already_connected`; `plan_limit_reached`; `conflict` when the credential is of no use any more
 */
export async function connectAccounts(
  context: Connecting,
  { orgId, credentialId, provider }: CredentialKey & { provider: string },
  accounts: readonly AuthorizedAccount[],
  also: AlsoConnect = async () => undefined,
): Promise<string[]> {
  // In one order, so that two who connect the same do not wait for each other.
  const ordered = accounts.toSorted((one, other) => (one.accountRef < other.accountRef ? -1 : 1));
  const connectionIds = await withSystem(context.system, async (tx) => {
    const connected = [];
    for (const { accountRef, name } of ordered) {
      const { connectionId } = await connect(tx, { orgId, provider, accountRef, name });
      const done = { action: 'connection.connect', after: { provider, accountRef } } as const;
      // The system login belongs to no organization: the record says whose it is.
      await recordAudit(
        { query: tx.query, orgId },
        { actor: context.subject, client: context.client, ...done, targetType: 'connection', targetId: connectionId },
      );
      await also({ query: tx.query, orgId }, connectionId);
      connected.push(connectionId);
    }
    await attachCredential(tx, { orgId, credentialId, connectionIds: connected, at: context.clock() });
    return connected;
  });
  const first = connectionIds.map(
    (connectionId) => ({ kind: 'sync', orgId, connectionId, trigger: 'connect' }) as const,
  );
  await enqueue(context, first);
  return connectionIds;
}

/** Lets a credential go that nothing was connected by; of one that something was connected by nothing changes. */
export async function retire(context: Connecting, { orgId, credentialId }: CredentialKey): Promise<void> {
  const retired = await systemStatement(
    context.system,
    `update sync.credentials set status = 'revoking' where org_id = $1 and id = $2 and status in ('pending', 'revoking') returning id`,
    [orgId, credentialId],
  ).catch(ifUnavailable(context, 'credential_not_retired'));
  if (retired.length > 0) await enqueue(context, [{ kind: 'revoke', orgId, credentialId }]);
}

/** The schedule finds all of it by itself, only later. */
async function enqueue(context: Connecting, messages: readonly ConnectMessage[]): Promise<void> {
  await context.enqueue(messages).catch(ifUnavailable(context, 'connect_not_queued'));
}

/** Takes it that the database or the queue is away, and tells. */
function ifUnavailable({ report }: Connecting, event: string) {
  return (error: unknown): never[] => {
    if (!isUnavailable(error)) throw error;
    report('WARN', event, { error: (error as AppError).code });
    return [];
  };
}
